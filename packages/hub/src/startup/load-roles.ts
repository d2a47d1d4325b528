import type { Log } from '@hub/api'
import { type AssignmentChange, type Members, planAssignments } from '../access/assign-roles.js'
import { planRoles } from '../access/load-roles.js'
import { MEMBER_KINDS, type MemberKind, type RoleSpec } from '../access/role-spec.js'
import * as roleStore from '../access/role-store.js'
import type { Database, Transaction } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import * as serviceStore from '../services/service-store.js'
import { newCookieId } from '../users/create-user.js'
import * as userStore from '../users/user-store.js'

export interface LoadRolesDeps {
  readonly database: Database
  readonly specs: readonly RoleSpec[]
  readonly extraUserScopes: readonly string[]
  readonly resetManagedRoles: boolean
  readonly log: Log
}

/** Creates, changes and deletes roles as described. @returns whether the database is from before there were roles */
export async function loadRoles(deps: LoadRolesDeps): Promise<boolean> {
  const { database, specs, extraUserScopes, resetManagedRoles, log } = deps
  return database.write(async (tx) => {
    const stored = await roleStore.list(tx)
    const hasUsers = (await userStore.countAll(tx)) > 0
    const plan = planRoles({ stored, hasUsers, specs, extraUserScopes, resetManagedRoles })
    const ids = new Map(stored.map((role) => [role.name, role.id]))
    for (const change of plan.changes) {
      if (change.kind === 'create') await roleStore.create(tx, change.role)
      else if (change.kind === 'update') await roleStore.update(tx, idOf(ids, change.role.name), change.role)
      else await roleStore.remove(tx, idOf(ids, change.name))
    }
    for (const line of plan.log) log[line.level](line.event)
    return plan.isUpgrade
  })
}

export interface AssignRolesDeps {
  readonly database: Database
  readonly specs: readonly RoleSpec[]
  /** Normalised. */
  readonly adminUsers: ReadonlySet<string>
  readonly allowedUsers: ReadonlySet<string>
  readonly normalizeUser: (name: string) => string
  readonly isUpgrade: boolean
  readonly resetManagedRoles: boolean
  readonly now: () => Date
}

/** Assigns roles as described, and keeps the role `admin` in step with the admin flag. */
export async function assignRoles(deps: AssignRolesDeps): Promise<void> {
  await deps.database.write(async (tx) => {
    // One after the other: a transaction has one connection, on which PostgreSQL's driver takes one statement at a time.
    const roles = await roleStore.list(tx)
    const users = await userStore.listAll(tx)
    const services = await serviceStore.list(tx)
    const groups = await groupStore.list(tx)
    const ids: Record<MemberKind, Map<string, number>> = {
      users: new Map(users.map((user) => [user.name, user.id])),
      services: new Map(services.map((service) => [service.name, service.id])),
      groups: new Map(groups.map((group) => [group.name, group.id])),
    }
    const changes = planAssignments({
      ...deps,
      members: await membersByRole(tx, roles, ids),
      users: new Map(users.map((user) => [user.name, user])),
      services: new Map(services.map((service) => [service.name, service])),
      groups: new Set(ids.groups.keys()),
    })
    const roleIds = new Map(roles.map((role) => [role.name, role.id]))
    for (const change of changes) await carryOut(tx, change, { ids, roleIds, now: deps.now })
  })
}

interface Known {
  readonly ids: Record<MemberKind, Map<string, number>>
  readonly roleIds: ReadonlyMap<string, number>
  readonly now: () => Date
}

async function carryOut(tx: Transaction, change: AssignmentChange, { ids, roleIds, now }: Known): Promise<void> {
  switch (change.kind) {
    case 'create': {
      const created =
        change.of === 'groups'
          ? await groupStore.create(tx, [change.name])
          : await userStore.create(tx, [{ name: change.name, cookieId: newCookieId(), created: now() }])
      for (const { id, name } of created) ids[change.of].set(name, id)
      return
    }
    case 'grant':
      await roleStore.assign(
        tx,
        change.of,
        [idOf(ids[change.of], change.name)],
        idOf(roleIds, change.role),
        change.isManaged,
      )
      return
    case 'strip':
      await roleStore.strip(tx, change.of, [idOf(ids[change.of], change.name)], idOf(roleIds, change.role))
      return
    case 'set-admin':
      if (change.of === 'users') await userStore.setAdmin(tx, idOf(ids.users, change.name), change.admin)
      else await serviceStore.setAdmin(tx, idOf(ids.services, change.name), change.admin)
  }
}

async function membersByRole(tx: Transaction, roles: readonly roleStore.Role[], ids: Known['ids']) {
  const names: Record<MemberKind, Map<number, string>> = {
    users: inverted(ids.users),
    services: inverted(ids.services),
    groups: inverted(ids.groups),
  }
  const byRole = new Map<string, Record<MemberKind, Members>>()
  for (const role of roles) {
    const members: Record<MemberKind, Members> = { users: new Map(), services: new Map(), groups: new Map() }
    for (const kind of MEMBER_KINDS) {
      const holders = await roleStore.holdersOf(tx, kind, role.id)
      members[kind] = new Map(
        holders.flatMap(({ holderId, managedByAuth }) => {
          const name = names[kind].get(holderId)
          return name === undefined ? [] : [[name, { isManaged: managedByAuth }]]
        }),
      )
    }
    byRole.set(role.name, members)
  }
  return byRole
}

const inverted = (map: ReadonlyMap<string, number>): Map<number, string> =>
  new Map([...map].map(([name, id]) => [id, name]))

function idOf(ids: ReadonlyMap<string, number>, name: string): number {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`nothing of the name ${name} is stored`)
  return id
}
