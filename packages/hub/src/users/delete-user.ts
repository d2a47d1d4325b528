import type { Authenticator } from '@hub/authenticator'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { AccessVersion } from '../access/access-version.js'
import type { Database } from '../database/index.js'
import type { HubEvents } from '../events.js'
import { badRequest } from '../http/hub-error.js'
import { isActive } from '../servers/server-phase.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import { within } from '../servers/within.js'
import * as tokenStore from '../tokens/token-store.js'
import * as userStore from './user-store.js'

export interface DeleteUserDeps {
  readonly database: Database
  readonly servers: Servers
  readonly authenticator: Pick<Authenticator, 'deleteUser'>
  readonly access: AccessVersion
  readonly events: HubEvents
  readonly activity: Pick<ActivityRecorder, 'latest' | 'forget'>
  readonly slowStopSeconds: number
}

/**
 * Deletes a user: servers stopped, authenticator told, what the spawners kept given up, rows removed.
 *
 * @throws HubError 400 when a server is still stopping after `slowStopSeconds`
 */
export async function deleteUser(user: userStore.User, deps: DeleteUserDeps): Promise<void> {
  const { database, servers } = deps
  const records = await serverStore.listOfUsers(database.read, [user.id])
  if (records.some((record) => servers.pendingOf(record) === 'stop')) throw stillStopping(user)
  const stops = records
    .filter((record) => isActive(record.life.phase) || servers.pendingOf(record) !== null)
    .map(async (record) => (await servers.stop(record, { actor: 'hub', reason: 'the user is being deleted' })).done)
  if ((await within(deps.slowStopSeconds, Promise.all(stops))) === 'pending') throw stillStopping(user)
  await deps.authenticator.deleteUser({ name: user.name })
  for (const record of records) {
    const live = await servers.adopt(record)
    await live.spawner.deleteForever()
    servers.forget(record.id)
  }
  const tokens = await database.write(async (tx) => {
    const tokens = await tokenStore.listOf(tx, { userId: user.id })
    await userStore.remove(tx, [user.id])
    return tokens
  })
  deps.activity.forget('users', [user.id])
  deps.activity.forget('spawners', idsOf(records))
  deps.activity.forget('api_tokens', idsOf(tokens))
  deps.access.bump()
  deps.events.emit('usersDeleted', { count: 1 })
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)

const stillStopping = (user: userStore.User) =>
  badRequest(`${user.name}'s server is in the process of stopping, please wait.`, 'server_stopping')
