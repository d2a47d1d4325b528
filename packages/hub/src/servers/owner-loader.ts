import type { JsonObject } from '@hub/api'
import type { Database } from '../database/index.js'
import { notFound } from '../http/hub-error.js'
import { findProfileById } from '../users/user-profile-store.js'
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
    const profile = await findProfileById(database.read, userId)
    if (profile === undefined) throw notFound('The user has been deleted.')
    const { user, groups: names } = profile
    return {
      id: user.id,
      name: user.name,
      admin: user.admin,
      groups: names,
      forHooks: { name: user.name, admin: user.admin, groups: names, authState: () => authState(user.id) },
    }
  }
}
