import type { JsonObject } from '@hub/api'
import { groups, type GroupRow } from '../database/entities/group.js'
import { insertRows, selectRow, selectRows, updateRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

export type Group = GroupRow

export const findByName = (sql: Sql, name: string): Promise<Group | undefined> =>
  selectRow(sql, groups, 'WHERE "groups"."name" = ?', [name])

/** In no promised order; unknown names are simply absent. */
export const findByNames = (sql: Sql, names: readonly string[]): Promise<Group[]> =>
  selectRows(sql, groups, `WHERE ${isOneOf(sql, '"groups"."name"', 'varchar')}`, [listParameter(sql, names)])

/** @throws {@link DuplicateError} when one of the names is taken */
export const create = (sql: Sql, names: readonly string[]): Promise<Group[]> =>
  insertRows(
    sql,
    groups,
    names.map((name) => ({ name, properties: {} })),
  )

export const setProperties = (sql: Sql, id: number, properties: JsonObject): Promise<number> =>
  updateRows(sql, groups, { properties }, 'id = ?', [id])

/** Members, shares and roles of the group go with it. */
export const remove = (sql: Sql, id: number): Promise<number> => sql.run('DELETE FROM groups WHERE id = ?', [id])

/** Those already in the group are left alone. */
export async function addMembers(sql: Sql, groupId: number, userIds: readonly number[]): Promise<number> {
  return sql.run(
    `INSERT INTO user_group_map (user_id, group_id) SELECT id, ${Number(groupId)} FROM users WHERE ${isOneOf(sql, 'id', 'integer')} ` +
      'ON CONFLICT DO NOTHING',
    [listParameter(sql, userIds)],
  )
}

export const removeMembers = (sql: Sql, groupId: number, userIds: readonly number[]): Promise<number> =>
  sql.run(`DELETE FROM user_group_map WHERE group_id = ? AND ${isOneOf(sql, 'user_id', 'integer')}`, [
    groupId,
    listParameter(sql, userIds),
  ])

/** Names of the groups of each of these users; those without any are absent. */
export async function groupsOf(sql: Sql, userIds: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await sql.all<{ user_id: number; name: string }>(
    'SELECT m.user_id, g.name FROM user_group_map m JOIN groups g ON g.id = m.group_id ' +
      `WHERE ${isOneOf(sql, 'm.user_id', 'integer')} ORDER BY g.id`,
    [listParameter(sql, userIds)],
  )
  return collect(rows.map((row) => [row.user_id, row.name]))
}

/** Names of the members of each of these groups; empty ones are absent. */
export async function membersOf(
  sql: Sql,
  groupIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await sql.all<{ group_id: number; name: string }>(
    'SELECT m.group_id, u.name FROM user_group_map m JOIN users u ON u.id = m.user_id ' +
      `WHERE ${isOneOf(sql, 'm.group_id', 'integer')} ORDER BY u.id`,
    [listParameter(sql, groupIds)],
  )
  return collect(rows.map((row) => [row.group_id, row.name]))
}

function collect(pairs: readonly (readonly [number, string])[]): Map<number, string[]> {
  const lists = new Map<number, string[]>()
  for (const [key, value] of pairs) {
    const list = lists.get(key)
    if (list) list.push(value)
    else lists.set(key, [value])
  }
  return lists
}
