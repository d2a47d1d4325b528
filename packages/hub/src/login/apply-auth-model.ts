import type { Log, ScopeTable } from '@hub/api'
import type { Authenticator, AuthModel } from '@hub/authenticator'
import type { AccessVersion } from '../access/access-version.js'
import { type Database, DuplicateError, type Transaction } from '../database/index.js'
import type { HubEvents } from '../events.js'
import { insertUser, welcome } from '../users/create-user.js'
import { grantDefaultRoles } from '../users/default-user-roles.js'
import * as userStore from '../users/user-store.js'
import type { AuthStates } from './auth-states.js'
import { syncGroups } from './managed-groups.js'
import { syncManagedRoles } from './managed-roles.js'

export interface ApplyAuthModelDeps {
  readonly database: Database
  readonly authenticator: Pick<Authenticator, 'addUser' | 'config'>
  readonly authStates: AuthStates
  readonly access: AccessVersion
  readonly events: HubEvents
  readonly scopes: ScopeTable
  readonly configuredRoles: ReadonlySet<string>
  readonly now: () => Date
  readonly log: Log
}

type Change = Pick<AuthModel, 'admin' | 'groups' | 'roles' | 'authState' | 'userInfo'>

/** Brings the hub's record of a user in line with what the authenticator has said; nothing of it is left half done. */
export class AuthModelApplier {
  constructor(private readonly deps: ApplyAuthModelDeps) {}

  /** After a login: a user the hub does not know is created; auth state that was not given is cleared. */
  async atLogin(model: AuthModel): Promise<userStore.User> {
    const known = await userStore.findByName(this.deps.database.read, model.name)
    if (known === undefined) await welcome(this.deps.authenticator, model.name)
    return retried(() => this.#store(model))
  }

  /** After a refresh: what was not given stays. */
  async atRefresh(userId: number, change: Change): Promise<void> {
    const { database, access } = this.deps
    const changed = await retried(() =>
      database.write(async (tx) => {
        const user = await userStore.findById(tx, userId)
        return user !== undefined && (await this.#apply(tx, user, change, 'keep auth state'))
      }),
    )
    if (changed) access.bump()
  }

  async #store(model: AuthModel): Promise<userStore.User> {
    const { database, access, events, now } = this.deps
    const { user, created, changed } = await database.write(async (tx) => {
      const known = await userStore.findByName(tx, model.name)
      const user = known ?? (await insertUser(tx, { name: model.name }, now()))
      const changed = await this.#apply(tx, user, model, 'replace auth state')
      return { user, created: known === undefined, changed }
    })
    // Nobody remembers a user who did not exist; a class that logs in for the first time must not make everybody forgotten.
    if (changed) access.bump()
    if (created) events.emit('usersCreated', { count: 1 })
    return { ...user, admin: model.admin ?? user.admin }
  }

  async #apply(
    tx: Transaction,
    user: userStore.User,
    change: Change,
    mode: 'replace auth state' | 'keep auth state',
  ): Promise<boolean> {
    const { config } = this.deps.authenticator
    let changed = false
    const admin = change.admin ?? user.admin
    if (admin !== user.admin) {
      await userStore.setAdmin(tx, user.id, admin)
      changed = true
    }
    const roles = config.manage_roles ? change.roles : undefined
    // With a list of roles, the user ends up with exactly those: granting others first would only be undone again.
    if (!roles) changed = (await grantDefaultRoles(tx, [user.id], admin)) || changed
    if (config.manage_groups && change.groups) changed = (await syncGroups(tx, user.id, change.groups)) || changed
    if (roles) changed = (await syncManagedRoles(tx, user.id, roles, this.deps)) || changed
    if (mode === 'replace auth state' || change.authState !== undefined) {
      await this.deps.authStates.store(tx, user.id, change.authState)
    }
    if (change.userInfo !== undefined && !isSame(change.userInfo, user.userInfo)) {
      await userStore.setUserInfo(tx, user.id, change.userInfo)
      changed = true
    }
    return changed
  }
}

/** Others may create the same user, group or role at the same time: the transaction then fails, and finds it there the next time. */
async function retried<T>(work: () => Promise<T>, attempts = 5): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DuplicateError) || attempt === attempts) throw error
    }
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
