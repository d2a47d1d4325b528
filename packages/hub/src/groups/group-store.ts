import type { JsonObject } from '@hub/api'
import { collect } from '../database/collect.js'
import { groups, type GroupRow } from '../database/entities/group.js'
import { count, insertRows, selectRow, selectRows, updateRows } from '../database/rows.js'
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

export interface GroupQuery {
  /** Restricts to these names. */
  readonly names?: readonly string[] | undefined
  readonly offset: number
  readonly limit: number
}

/** One page of groups by id, and how many there are without offset and limit. */
export async function listPage(
  sql: Sql,
  query: GroupQuery,
): Promise<{ readonly groups: readonly Group[]; readonly total: number }> {
  const where = query.names === undefined ? '' : `WHERE ${isOneOf(sql, '"groups"."name"', 'varchar')}`
  const params = query.names === undefined ? [] : [listParameter(sql, query.names)]
  const page = await selectRows(sql, groups, `${where} ORDER BY "groups"."id" LIMIT ? OFFSET ?`, [
    ...params,
    query.limit,
    query.offset,
  ])
  return { groups: page, total: await count(sql, `SELECT COUNT(*) AS n FROM groups ${where}`, params) }
}

/** Makes the missing ones; those that exist stay as they are. */
export async function ensure(sql: Sql, names: readonly string[]): Promise<Group[]> {
  const known = await findByNames(sql, names)
  const missing = [...new Set(names)].filter((name) => !known.some((group) => group.name === name))
  return missing.length === 0 ? known : [...known, ...(await create(sql, missing))]
}

/** Members, shares and roles of the group go with it. */
export const remove = (sql: Sql, id: number): Promise<number> => sql.run('DELETE FROM groups WHERE id = ?', [id])

/** Those already in the group are left alone. */
export const addMembers = (sql: Sql, groupId: number, userIds: readonly number[]): Promise<number> =>
  sql.run(
    'INSERT INTO user_group_map (user_id, group_id) SELECT u.id, g.id FROM users u JOIN groups g ON g.id = ? ' +
      `WHERE ${isOneOf(sql, 'u.id', 'integer')} ON CONFLICT DO NOTHING`,
    [groupId, listParameter(sql, userIds)],
  )

export const removeMembers = (sql: Sql, groupId: number, userIds: readonly number[]): Promise<number> =>
  sql.run(`DELETE FROM user_group_map WHERE group_id = ? AND ${isOneOf(sql, 'user_id', 'integer')}`, [
    groupId,
    listParameter(sql, userIds),
  ])

/** Puts the user into exactly these groups. */
export async function setGroupsOf(sql: Sql, userId: number, groupIds: readonly number[]): Promise<void> {
  await sql.run(`DELETE FROM user_group_map WHERE user_id = ? AND NOT ${isOneOf(sql, 'group_id', 'integer')}`, [
    userId,
    listParameter(sql, groupIds),
  ])
  await sql.run(
    'INSERT INTO user_group_map (user_id, group_id) SELECT u.id, g.id FROM users u CROSS JOIN groups g ' +
      `WHERE u.id = ? AND ${isOneOf(sql, 'g.id', 'integer')} ON CONFLICT DO NOTHING`,
    [userId, listParameter(sql, groupIds)],
  )
}

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

export const list = (sql: Sql): Promise<Group[]> => selectRows(sql, groups, 'ORDER BY id')
