import { access, constants } from 'node:fs/promises'
import type { Account } from '@hub/api/accounts'
import { SpawnError } from '../spawn-error.js'
import type { RunAs } from './launcher.js'

/** Absolute: found on a PATH that a user may choose it could be another program, and it runs as root. */
const PLACES = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv', '/sbin/setpriv']

/**
 * How a process becomes the account's.
 *
 * @param hubUid - of this process
 * @throws SpawnError when this process may not do that
 */
export async function runAs(account: Account, hubUid: number | undefined): Promise<RunAs | undefined> {
  if (hubUid === 0) return { uid: account.uid, gid: account.gid, setpriv: await findSetpriv() }
  if (account.uid === hubUid) return undefined
  throw new SpawnError({
    reason: 'cannot_switch_user',
    statusCode: 500,
    message: `The hub may not start servers as ${account.name}. Tell your administrator.`,
    logMessage:
      `Servers of ${account.name} cannot be started: the hub is not root (uid ${hubUid ?? 'unknown'}). ` +
      'Run it as root, or use SudoSpawner or SimpleLocalProcessSpawner.',
  })
}

let knownSetpriv: Promise<string> | undefined

/** @throws SpawnError when it is not installed */
export function findSetpriv(): Promise<string> {
  knownSetpriv ??= firstExecutable(PLACES)
  return knownSetpriv
}

async function firstExecutable(places: readonly string[]): Promise<string> {
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return place
  }
  // Asked again at the next start, when it may have been installed.
  knownSetpriv = undefined
  throw new SpawnError({
    reason: 'no_setpriv',
    statusCode: 500,
    message: 'The server could not be started because a program is missing on the host. Tell your administrator.',
    logMessage: `setpriv is missing (looked at ${places.join(', ')}). Install the package util-linux.`,
  })
}
