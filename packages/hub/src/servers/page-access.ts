import type { Database } from '../database/index.js'
import type { Authorize } from '../http/authorize.js'
import { notFound } from '../http/hub-error.js'
import type { Identified } from '../http/visitor.js'
import * as userStore from '../users/user-store.js'
import * as serverStore from './server-store.js'

export interface ServerAccessDeps {
  readonly database: Database
  readonly authorize: Authorize
}

export interface ServerAccessRequest {
  readonly visitor: Identified
  readonly userName: string
  readonly serverName: string
  readonly scope: string
}

/**
 * The user and server that a page is about, for a visitor who holds the scope on it.
 *
 * @throws HubError 404, the same for a user who does not exist and one who is none of the visitor's business
 */
export async function assertServerAccess(
  { visitor, userName, serverName, scope }: ServerAccessRequest,
  { database, authorize }: ServerAccessDeps,
): Promise<{ readonly user: userStore.User; readonly record: serverStore.ServerRecord | undefined }> {
  const decision = await authorize(visitor, [scope], { kind: 'server', value: `${userName}/${serverName}` }, false)
  if (decision !== 'granted') throw notFound('No access to resources or resources not found')
  const user = await userStore.findByName(database.read, userName)
  if (user === undefined) throw notFound('No access to resources or resources not found')
  return { user, record: await serverStore.find(database.read, user.id, serverName) }
}
