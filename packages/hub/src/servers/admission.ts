import { badRequest } from '../http/hub-error.js'
import type { Sql } from '../database/index.js'
import { checkServerName, isValidServerName, quoted } from './server-name.js'
import * as serverStore from './server-store.js'

export interface NamedServerSettings {
  readonly allowNamedServers: boolean
  /** 0: any number. Or what says it of each user. */
  readonly limitPerUser: number | ((user: { readonly name: string }) => number | Promise<number>)
  readonly existingInvalidNames: 'allow-start' | 'allow-delete' | 'autorename'
}

export interface AdmissionRequest {
  readonly user: { readonly id: number; readonly name: string }
  readonly serverName: string
  /** Whether the server exists already. */
  readonly exists: boolean
  readonly checkLimit: boolean
}

/**
 * Whether a named server may be made or started: named servers are on, the user has not too many, the name is valid.
 * The default server always may.
 *
 * @throws HubError 400
 */
export async function admitNamedServer(
  request: AdmissionRequest,
  settings: NamedServerSettings,
  sql: Sql,
): Promise<void> {
  const { user, serverName, exists } = request
  if (serverName === '') return
  if (!settings.allowNamedServers) throw badRequest('Named servers are not enabled.', 'named_servers_off')
  if (exists) {
    if (!isValidServerName(serverName) && settings.existingInvalidNames !== 'allow-start') {
      throw badRequest(
        `Starting invalid server_name ${quoted(serverName)} is disabled, contact your administrator`,
        'invalid_server_name',
      )
    }
    return
  }
  const limit = request.checkLimit ? await namedServerLimit(user, settings) : 0
  if (limit > 0) {
    const count = await serverStore.countNamed(sql, user.id)
    if (count >= limit) {
      throw badRequest(
        `User ${user.name} already has the maximum of ${limit} named servers.  One must be deleted before a new server can be created`,
        'too_many_named_servers',
      )
    }
  }
  checkServerName(serverName)
}

/** Named servers that this user may have; 0: any number. */
export async function namedServerLimit(
  user: { readonly name: string },
  { limitPerUser }: Pick<NamedServerSettings, 'limitPerUser'>,
): Promise<number> {
  return typeof limitPerUser === 'function' ? limitPerUser({ name: user.name }) : limitPerUser
}
