import { collect } from '../database/collect.js'
import { roles, type RoleRow } from '../database/entities/role.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

/** Who can have a role; the names are those of configuration. */
export type RoleHolder = 'users' | 'groups' | 'services'

const maps = {
  users: { table: 'user_role_map', column: 'user_id' },
  groups: { table: 'group_role_map', column: 'group_id' },
  services: { table: 'service_role_map', column: 'service_id' },
} as const satisfies Record<RoleHolder, { table: string; column: string }>

// Assignments are marked `managedByAuth` when the authenticator gave them, and so may take them away again.

/** Gives the role to all of these; those who have it keep their assignment as it is. */
export function assign(
  sql: Sql,
  holder: RoleHolder,
  ids: readonly number[],
  roleId: number,
  managedByAuth = false,
): Promise<number> {
  const { table, column } = maps[holder]
  return sql.run(
    `INSERT INTO ${table} (${column}, role_id, managed_by_auth) SELECT h.id, r.id, ${literal(managedByAuth)} ` +
      `FROM ${holder} h JOIN roles r ON r.id = ? WHERE ${isOneOf(sql, 'h.id', 'integer')} ON CONFLICT DO NOTHING`,
    [roleId, listParameter(sql, ids)],
  )
}

export function strip(sql: Sql, holder: RoleHolder, ids: readonly number[], roleId: number): Promise<number> {
  const { table, column } = maps[holder]
  return sql.run(`DELETE FROM ${table} WHERE role_id = ? AND ${isOneOf(sql, column, 'integer')}`, [
    roleId,
    listParameter(sql, ids),
  ])
}

export function stripAll(sql: Sql, holder: RoleHolder, ids: readonly number[]): Promise<number> {
  const { table, column } = maps[holder]
  return sql.run(`DELETE FROM ${table} WHERE ${isOneOf(sql, column, 'integer')}`, [listParameter(sql, ids)])
}

/** Makes exactly these the holders of the role. */
export async function setHolders(
  sql: Sql,
  holder: RoleHolder,
  roleId: number,
  ids: readonly number[],
  managedByAuth = false,
): Promise<void> {
  const { table, column } = maps[holder]
  await sql.run(`DELETE FROM ${table} WHERE role_id = ? AND NOT ${isOneOf(sql, column, 'integer')}`, [
    roleId,
    listParameter(sql, ids),
  ])
  await assign(sql, holder, ids, roleId, managedByAuth)
}

/** Makes exactly these the roles that one holder has directly. */
export async function setRolesOf(
  sql: Sql,
  holder: RoleHolder,
  id: number,
  roleIds: readonly number[],
  managedByAuth = false,
): Promise<void> {
  const { table, column } = maps[holder]
  await sql.run(`DELETE FROM ${table} WHERE ${column} = ? AND NOT ${isOneOf(sql, 'role_id', 'integer')}`, [
    id,
    listParameter(sql, roleIds),
  ])
  await sql.run(
    `INSERT INTO ${table} (${column}, role_id, managed_by_auth) SELECT h.id, r.id, ${literal(managedByAuth)} ` +
      `FROM ${holder} h CROSS JOIN roles r WHERE h.id = ? AND ${isOneOf(sql, 'r.id', 'integer')} ON CONFLICT DO NOTHING`,
    [id, listParameter(sql, roleIds)],
  )
}

/** Roles given directly to each of these, in the order the roles were made; those without any are absent. */
export async function rolesOf(
  sql: Sql,
  holder: RoleHolder,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly RoleRow[]>> {
  const { table, column } = maps[holder]
  const rows = await sql.all(
    `SELECT m.${column} AS holder_id, ${roles.select()} FROM ${table} m JOIN roles ON roles.id = m.role_id ` +
      `WHERE ${isOneOf(sql, `m.${column}`, 'integer')} ORDER BY roles.id`,
    [listParameter(sql, ids)],
  )
  return collect(rows.map((row) => [Number(row['holder_id']), roles.decode(row)]))
}

export interface Assignment {
  readonly holderId: number
  readonly roleId: number
  readonly managedByAuth: boolean
}

/** Who has the role. */
export async function holdersOf(sql: Sql, holder: RoleHolder, roleId: number): Promise<readonly Assignment[]> {
  return assignments(sql, holder, 'role_id = ?', [roleId])
}

/** What the authenticator has given to holders of this kind. */
export async function managedAssignments(sql: Sql, holder: RoleHolder): Promise<readonly Assignment[]> {
  return assignments(sql, holder, 'managed_by_auth', [])
}

/** Ids of those who have no role at all. */
export async function withoutRole(sql: Sql, holder: RoleHolder): Promise<readonly number[]> {
  const { table, column } = maps[holder]
  const rows = await sql.all<{ id: number }>(
    `SELECT id FROM ${holder} WHERE id NOT IN (SELECT ${column} FROM ${table}) ORDER BY id`,
  )
  return rows.map((row) => row.id)
}

async function assignments(
  sql: Sql,
  holder: RoleHolder,
  condition: string,
  params: readonly number[],
): Promise<readonly Assignment[]> {
  const { table, column } = maps[holder]
  const rows = await sql.all<{ holder_id: number; role_id: number; managed_by_auth: number | boolean }>(
    `SELECT ${column} AS holder_id, role_id, managed_by_auth FROM ${table} WHERE ${condition} ORDER BY ${column}, role_id`,
    params,
  )
  return rows.map((row) => ({
    holderId: row.holder_id,
    roleId: row.role_id,
    managedByAuth: Boolean(row.managed_by_auth),
  }))
}

// A boolean among the selected values has no type that PostgreSQL could give a parameter.
const literal = (value: boolean): string => (value ? 'TRUE' : 'FALSE')
