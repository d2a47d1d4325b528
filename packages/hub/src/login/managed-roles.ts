import type { Log, ScopeTable } from '@hub/api'
import type { ManagedRole } from '@hub/authenticator'
import { assertRoleIsPossible, RoleError } from '../access/role-spec.js'
import * as roleStore from '../access/role-store.js'
import type { Transaction } from '../database/index.js'
import { isOneOf, listParameter } from '../database/sql.js'
import { conflict } from '../http/hub-error.js'

export interface ManagedRolesDeps {
  readonly scopes: ScopeTable
  /** Roles that stand in the configuration: kept even when nobody has them any more. */
  readonly configuredRoles: ReadonlySet<string>
  readonly log: Log
}

/**
 * Makes the roles that a user has directly exactly these, as the authenticator describes them.
 *
 * @returns whether anything may have changed
 * @throws {@link HubError} 409 for a role that cannot be
 */
export async function syncManagedRoles(
  tx: Transaction,
  userId: number,
  wanted: readonly ManagedRole[],
  deps: ManagedRolesDeps,
): Promise<boolean> {
  const before = await rolesOf(tx, userId)
  for (const role of wanted) assertPossible(role, deps.scopes)
  const roleIds = new Set<number>()
  let changed = false
  for (const role of wanted) {
    const { id, changed: isOther } = await define(tx, role)
    changed = (await setMembers(tx, id, role, deps.log)) || isOther || changed
    roleIds.add(id)
  }
  // The member lists above may have taken roles from this user too.
  const now = await rolesOf(tx, userId)
  const isSame = now.length === roleIds.size && now.every((role) => roleIds.has(role.id))
  if (!isSame) await roleStore.setRolesOf(tx, 'users', userId, [...roleIds], true)
  const stripped = before.filter((role) => role.managedByAuth && !roleIds.has(role.id))
  await removeUnused(tx, stripped, deps.configuredRoles)
  return changed || !isSame
}

const rolesOf = async (tx: Transaction, userId: number): Promise<readonly roleStore.Role[]> =>
  (await roleStore.rolesOf(tx, 'users', [userId])).get(userId) ?? []

function assertPossible(role: ManagedRole, scopes: ScopeTable): void {
  // What is empty changes nothing, so it cannot change the admin role either.
  const given = {
    name: role.name,
    description: role.description || undefined,
    scopes: role.scopes?.length ? role.scopes : undefined,
  }
  try {
    assertRoleIsPossible(given, scopes)
  } catch (error) {
    if (error instanceof RoleError)
      throw conflict(`The authenticator gives a role that cannot be. ${error.message}`, 'role_invalid')
    throw error
  }
}

/** Creates the role, or updates what is given and not empty: nothing is ever reset. */
async function define(tx: Transaction, role: ManagedRole): Promise<{ readonly id: number; readonly changed: boolean }> {
  const scopes = [...new Set(role.scopes ?? [])].sort()
  const known = await roleStore.findByName(tx, role.name)
  if (known === undefined) {
    const created = await roleStore.create(tx, {
      name: role.name,
      description: role.description ?? null,
      scopes,
      managedByAuth: true,
    })
    return { id: created.id, changed: true }
  }
  const isOtherScopes = scopes.length > 0 && JSON.stringify([...known.scopes].sort()) !== JSON.stringify(scopes)
  const isOtherText = Boolean(role.description) && role.description !== known.description
  if (isOtherScopes || isOtherText) {
    await roleStore.update(tx, known.id, {
      ...(isOtherScopes ? { scopes } : {}),
      ...(isOtherText && role.description ? { description: role.description } : {}),
    })
  }
  return { id: known.id, changed: isOtherScopes || isOtherText }
}

/** Member lists that are given take the place of those stored; names that nobody has are skipped. */
async function setMembers(tx: Transaction, roleId: number, role: ManagedRole, log: Log): Promise<boolean> {
  let changed = false
  for (const holder of ['users', 'groups', 'services'] as const) {
    const names = role[holder]
    if (names === undefined) continue
    const ids = await idsByName(tx, holder, names)
    const unknown = names.filter((name) => !ids.has(name))
    if (unknown.length > 0)
      log.warn('the authenticator gave a role to unknown names', { role: role.name, holder, unknown })
    await roleStore.setHolders(tx, holder, roleId, [...ids.values()], true)
    changed = true
  }
  return changed
}

async function idsByName(
  tx: Transaction,
  holder: roleStore.RoleHolder,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.all<{ id: number; name: string }>(
    `SELECT id, name FROM ${holder} WHERE ${isOneOf(tx, 'name', 'varchar')}`,
    [listParameter(tx, names)],
  )
  return new Map(rows.map((row) => [row.name, row.id]))
}

async function removeUnused(
  tx: Transaction,
  stripped: readonly roleStore.Role[],
  kept: ReadonlySet<string>,
): Promise<void> {
  for (const role of stripped) {
    if (kept.has(role.name)) continue
    if (!(await isHeld(tx, role.id))) await roleStore.remove(tx, role.id)
  }
}

async function isHeld(tx: Transaction, roleId: number): Promise<boolean> {
  for (const holder of ['users', 'groups', 'services'] as const) {
    if ((await roleStore.holdersOf(tx, holder, roleId)).length > 0) return true
  }
  return false
}
