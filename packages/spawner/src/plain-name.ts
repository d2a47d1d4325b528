import { SpawnError } from './spawn-error.js'

/**
 * For names that become part of a path: what leads out of a folder, or names it itself, is nobody's.
 *
 * @throws SpawnError
 */
export function assertPlainName(name: string): void {
  if (name !== '.' && name !== '..' && name !== '' && !/[/\0]/.test(name)) return
  throw new SpawnError({
    reason: 'bad_user_name',
    statusCode: 500,
    message: 'Your user name cannot be part of a path, so no server can be started for it. Tell your administrator.',
    logMessage: `A path would be made of the user name ${JSON.stringify(name)}, and lead elsewhere.`,
  })
}
