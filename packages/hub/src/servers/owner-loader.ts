import type { JsonObject } from '@hub/api'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { notFound } from '../http/hub-error.js'
import * as userStore from '../users/user-store.js'
import type { ServerOwner } from './server-owner.js'

export interface OwnerLoaderDeps {
  readonly database: Database
  /** Decrypts a user's auth state; null when there is none. */
  readonly authState: (userId: number) => Promise<JsonObject | null>
}

/** Reads what a start or stop has to know of a server's owner. */
export class OwnerLoader {
  constructor(private readonly deps: OwnerLoaderDeps) {}

  /** @throws HubError 404 when the user has been deleted */
  async load(userId: number): Promise<ServerOwner> {
    const { database, authState } = this.deps
    const [user, groups] = await Promise.all([
      userStore.findById(database.read, userId),
      groupStore.groupsOf(database.read, [userId]),
    ])
    if (user === undefined) throw notFound('The user has been deleted.')
    const names = groups.get(userId) ?? []
    return {
      id: user.id,
      name: user.name,
      admin: user.admin,
      groups: names,
      forHooks: { name: user.name, admin: user.admin, groups: names, authState: () => authState(user.id) },
    }
  }
}
