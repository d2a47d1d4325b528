import { collect } from '../database/collect.js'
import { userColumns, type User } from '../database/entities/user.js'
import {
  decodeServerRecord,
  joinServerRecords,
  serverRecordColumns,
  serverRecordNames,
  type ServerRecord,
} from '../database/server-record.js'
import { isOneOf, listParameter, readRows, rowsOf, type RawRow, type Sql, type SqlValue } from '../database/sql.js'

/** One user with all that the REST API shows of them, read at once: servers and services ask for little else. */
export interface UserProfile {
  readonly user: User
  /** Names, in the order of the groups' ids. */
  readonly groups: readonly string[]
  /** Names, in the order of the roles' ids. */
  readonly roles: readonly string[]
  /** Stopped ones too, by id. */
  readonly servers: readonly ServerRecord[]
}

export async function findProfileByName(sql: Sql, name: string): Promise<UserProfile | undefined> {
  const [profile] = await selectProfiles(sql, 'WHERE users.name = ?', [name])
  return profile
}

export async function findProfileById(sql: Sql, id: number): Promise<UserProfile | undefined> {
  const [profile] = await selectProfiles(sql, 'WHERE users.id = ?', [id])
  return profile
}

/** In no promised order; unknown ids are simply absent. */
export const findProfilesByIds = (sql: Sql, ids: readonly number[]): Promise<UserProfile[]> =>
  selectProfiles(sql, `WHERE ${isOneOf(sql, 'users.id', 'integer')}`, [listParameter(sql, ids)])

/**
 * Profiles in one statement, whatever their number, as one look at four tables.
 *
 * @param tail - what follows `FROM users`: joins, WHERE, ORDER BY, LIMIT
 */
export async function selectProfiles(sql: Sql, tail: string, params: readonly SqlValue[]): Promise<UserProfile[]> {
  const [found] = await sql.all(
    `WITH page AS MATERIALIZED (SELECT ${userColumns.select()} FROM users ${tail}) SELECT ` +
      `${rowsOf(sql, userColumns.names(), 'SELECT * FROM page')} AS users, ` +
      `${rowsOf(sql, namedColumns, groupNames)} AS user_groups, ${rowsOf(sql, namedColumns, roleNames)} AS user_roles, ` +
      `${rowsOf(sql, serverRecordNames, serversOfPage)} AS user_servers`,
    params,
  )
  const groups = namesByUser(found?.['user_groups'])
  const roles = namesByUser(found?.['user_roles'])
  const records = readRows(found?.['user_servers'], serverRecordNames).map(decodeServerRecord)
  const servers = collect(records.map((record) => [record.userId, record]))
  return readRows(found?.['users'], userColumns.names()).map((row) => {
    const user = userColumns.decode(row)
    return {
      user,
      groups: groups.get(user.id) ?? [],
      roles: roles.get(user.id) ?? [],
      servers: servers.get(user.id) ?? [],
    }
  })
}

const namedColumns = ['user_id', 'name']

const groupNames =
  'SELECT m.user_id, g.name FROM user_group_map m JOIN groups g ON g.id = m.group_id ' +
  'WHERE m.user_id IN (SELECT id FROM page) ORDER BY g.id'

const roleNames =
  'SELECT m.user_id, r.name FROM user_role_map m JOIN roles r ON r.id = m.role_id ' +
  'WHERE m.user_id IN (SELECT id FROM page) ORDER BY r.id'

const serversOfPage =
  `SELECT ${serverRecordColumns} FROM page AS users JOIN spawners ON spawners.user_id = users.id ` +
  `${joinServerRecords} ORDER BY spawners.id`

/** The select names a number and a text. */
const namesByUser = (raw: unknown): ReadonlyMap<number, readonly string[]> =>
  collect(readRows(raw, namedColumns).map((row: RawRow) => [row['user_id'] as number, row['name'] as string]))
