import { roles, type RoleRow } from '../database/entities/role.js'
import { insertRow, selectRow, selectRows, updateRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

export type Role = RoleRow
export type NewRole = Omit<Role, 'id'>

/** Who can have a role; the names are those of configuration. */
export type RoleHolder = 'users' | 'groups' | 'services'

const maps = {
  users: { table: 'user_role_map', column: 'user_id' },
  groups: { table: 'group_role_map', column: 'group_id' },
  services: { table: 'service_role_map', column: 'service_id' },
} as const satisfies Record<RoleHolder, { table: string; column: string }>

export const list = (sql: Sql): Promise<Role[]> => selectRows(sql, roles, 'ORDER BY id')

export const findByName = (sql: Sql, name: string): Promise<Role | undefined> =>
  selectRow(sql, roles, 'WHERE name = ?', [name])

export const findByNames = (sql: Sql, names: readonly string[]): Promise<Role[]> =>
  selectRows(sql, roles, `WHERE ${isOneOf(sql, 'name', 'varchar')}`, [listParameter(sql, names)])

/** @throws {@link DuplicateError} when the name is taken */
export const create = (sql: Sql, role: NewRole): Promise<Role> => insertRow(sql, roles, role)

export const update = (sql: Sql, id: number, patch: Partial<NewRole>): Promise<number> =>
  updateRows(sql, roles, patch, 'id = ?', [id])

export const remove = (sql: Sql, id: number): Promise<number> => sql.run('DELETE FROM roles WHERE id = ?', [id])

/** Gives the role to all of these; those who have it keep their assignment as it is. */
export const assign = (
  sql: Sql,
  holder: RoleHolder,
  ids: readonly number[],
  roleId: number,
  managedByAuth = false,
): Promise<number> => {
  const { table, column } = maps[holder]
  return sql.run(
    `INSERT INTO ${table} (${column}, role_id, managed_by_auth) ` +
      `SELECT h.id, r.id, ${managedByAuth ? 'TRUE' : 'FALSE'} FROM ${holder} h JOIN roles r ON r.id = ? ` +
      `WHERE ${isOneOf(sql, 'h.id', 'integer')} ON CONFLICT DO NOTHING`,
    [roleId, listParameter(sql, ids)],
  )
}

export const strip = (sql: Sql, holder: RoleHolder, ids: readonly number[], roleId: number): Promise<number> => {
  const { table, column } = maps[holder]
  return sql.run(`DELETE FROM ${table} WHERE role_id = ? AND ${isOneOf(sql, column, 'integer')}`, [
    roleId,
    listParameter(sql, ids),
  ])
}

/** Roles given directly to each of these, by id of the role; those without any are absent. */
export async function rolesOf(
  sql: Sql,
  holder: RoleHolder,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly Role[]>> {
  const { table, column } = maps[holder]
  const rows = await sql.all<{ holder_id: number }>(
    `SELECT m.${column} AS holder_id, ${roles.select()} FROM ${table} m JOIN roles ON roles.id = m.role_id ` +
      `WHERE ${isOneOf(sql, `m.${column}`, 'integer')} ORDER BY roles.id`,
    [listParameter(sql, ids)],
  )
  const byHolder = new Map<number, Role[]>()
  for (const row of rows) {
    // The same row holds the role's columns.
    const role = roles.decode(row as unknown as Record<string, unknown>)
    const list = byHolder.get(row.holder_id)
    if (list) list.push(role)
    else byHolder.set(row.holder_id, [role])
  }
  return byHolder
}

/** Raw scopes of a user's own roles and of those of the user's groups. */
export async function rawScopesOfUser(sql: Sql, userId: number): Promise<readonly string[]> {
  const rows = await sql.all<{ scopes: string | null }>(
    'SELECT r.scopes FROM roles r WHERE r.id IN (SELECT role_id FROM user_role_map WHERE user_id = ? UNION ' +
      'SELECT gr.role_id FROM group_role_map gr JOIN user_group_map ug ON ug.group_id = gr.group_id WHERE ug.user_id = ?)',
    [userId, userId],
  )
  return [...new Set(rows.flatMap((row) => roles.columns.scopes.decode(row.scopes)))]
}
