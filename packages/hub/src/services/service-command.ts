import type { Account } from '@hub/api/accounts'
import { findAccount, findSetpriv } from '@hub/spawner/host'
import { HubError } from '../http/hub-error.js'
import type { ServiceSpec } from './service-spec.js'

export interface ServiceCommand {
  readonly argv: readonly string[]
  /** Of the system user the service runs as; undefined: the hub's own. */
  readonly account: Account | undefined
}

/**
 * The command line of a service, become the system user it is to run as.
 *
 * @param hubUid - of this process
 * @throws HubError when there is no such user, or the hub may not become it
 */
export async function serviceCommand(
  { name, command, user }: Pick<ServiceSpec, 'name' | 'command' | 'user'>,
  hubUid: number | undefined,
): Promise<ServiceCommand> {
  if (user === '') return { argv: command, account: undefined }
  const account = await findAccount(user)
  if (account === undefined) {
    throw new HubError('service_user_unknown', 500, `Service ${name}: there is no system user ${user} to run it as.`)
  }
  if (account.uid === hubUid) return { argv: command, account }
  if (hubUid !== 0) {
    throw new HubError(
      'service_user_forbidden',
      500,
      `Service ${name} is to run as ${user}, which only a hub that runs as root can do.`,
    )
  }
  // setpriv gives the process the user's supplementary groups too, which node cannot.
  const become = [await findSetpriv(), `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--']
  return { argv: [...become, ...command], account }
}
