import { SpawnError } from '../spawn-error.js'

/** Names of accounts as sudo takes them: `#0` would be a uid, `-i` an option, `%wheel` a group. */
const ACCOUNT_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.@\\+-]*\$?$/u

/** @throws SpawnError for a name that must not reach sudo */
export function assertSudoUser(name: string): void {
  if (ACCOUNT_NAME.test(name) && name.length <= 255) return
  throw new SpawnError({
    reason: 'bad_account_name',
    statusCode: 500,
    message: 'Your user name cannot be the name of an account of the host. Tell your administrator.',
    logMessage: `SudoSpawner does not hand ${JSON.stringify(name)} to sudo: it is not the name of an account.`,
  })
}
