import type { JsonObject } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import { DuplicateError } from '../database/errors.js'
import type { Database } from '../database/index.js'
import { badRequest } from '../http/hub-error.js'
import { isActive } from '../servers/server-phase.js'
import { respellShares } from '../shares/respell-shares.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import { grantDefaultRoles } from './default-user-roles.js'
import * as userStore from './user-store.js'

export interface UserChange {
  readonly name?: string | undefined
  readonly admin?: boolean | undefined
  readonly auth_state?: Readonly<Record<string, unknown>> | undefined
}

export interface ChangeUserDeps {
  readonly database: Database
  readonly servers: Servers
  readonly access: AccessVersion
  /** Decrypted auth state, null when there is none. */
  readonly authState: (userId: number) => Promise<JsonObject | null>
  /** Encrypts and stores it. @throws HubError when it cannot be kept */
  readonly saveAuthState: (userId: number, state: JsonObject) => Promise<void>
}

/**
 * Renames a user, changes the admin flag (and the role with it) or the auth state.
 *
 * @throws HubError 400 when the name is taken, or a server runs under the old one
 */
export async function changeUser(
  user: userStore.User,
  change: UserChange,
  deps: ChangeUserDeps,
): Promise<userStore.User> {
  const { database } = deps
  const name = change.name === undefined || change.name === user.name ? undefined : change.name
  if (name !== undefined) await assertNoActiveServer(user, deps)
  try {
    await database.write(async (tx) => {
      if (name !== undefined) {
        await userStore.rename(tx, user.id, name)
        await respellShares(tx, user.id)
      }
      if (change.admin !== undefined) {
        await userStore.setAdmin(tx, user.id, change.admin)
        await grantDefaultRoles(tx, [user.id], change.admin)
      }
    })
  } catch (error) {
    if (error instanceof DuplicateError)
      throw badRequest(`User ${change.name} already exists, username must be unique`, 'user_exists')
    throw error
  }
  if (change.auth_state !== undefined) await deps.saveAuthState(user.id, change.auth_state as JsonObject) // parsed from JSON
  deps.access.bump()
  if (name !== undefined) await forgetServers(user, deps)
  return (await userStore.findById(database.read, user.id)) ?? user
}

/** Route, OAuth client and environment of a running server carry the old name. */
async function assertNoActiveServer(user: userStore.User, { database, servers }: ChangeUserDeps): Promise<void> {
  const records = await serverStore.listOfUsers(database.read, [user.id])
  if (records.some((record) => isActive(record.life.phase) || servers.pendingOf(record) !== null)) {
    throw badRequest(`Stop the servers of ${user.name} before you rename the user.`, 'server_active')
  }
}

async function forgetServers(user: userStore.User, { database, servers }: ChangeUserDeps): Promise<void> {
  for (const record of await serverStore.listOfUsers(database.read, [user.id])) servers.forget(record.id)
}
