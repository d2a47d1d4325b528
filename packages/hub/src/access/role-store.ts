import { roles, type RoleRow } from '../database/entities/role.js'
import { insertRow, selectRow, selectRows, updateRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

export * from './role-assignment-store.js'
export type Role = RoleRow
export type NewRole = Omit<Role, 'id'>

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

/** Deletes the authenticator's roles that nobody has any more, except the named ones. */
export async function removeUnusedManaged(sql: Sql, kept: readonly string[]): Promise<readonly string[]> {
  const rows = await sql.all<{ name: string }>(
    `DELETE FROM roles WHERE managed_by_auth AND NOT ${isOneOf(sql, 'name', 'varchar')} ` +
      'AND id NOT IN (SELECT role_id FROM user_role_map UNION SELECT role_id FROM group_role_map ' +
      'UNION SELECT role_id FROM service_role_map) RETURNING name',
    [listParameter(sql, kept)],
  )
  return rows.map((row) => row.name)
}

/** Raw scopes of a user's own roles and of those of the user's groups. */
export async function rawScopesOfUser(sql: Sql, userId: number): Promise<readonly string[]> {
  const rows = await sql.all(
    'SELECT r.scopes FROM roles r WHERE r.id IN (SELECT role_id FROM user_role_map WHERE user_id = ? UNION ' +
      'SELECT gr.role_id FROM group_role_map gr JOIN user_group_map ug ON ug.group_id = gr.group_id WHERE ug.user_id = ?)',
    [userId, userId],
  )
  return [...new Set(rows.flatMap((row) => roles.columns.scopes.decode(row['scopes'])))]
}
