import { users, userColumns, type User } from '../database/entities/user.js'
import {
  decodeServerRecord,
  joinServerRecords,
  serverRecordColumns,
  type ServerRecord,
} from '../database/server-record.js'
import { listOf, readList, type Sql, type SqlValue } from '../database/sql.js'

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

export const findProfileByName = (sql: Sql, name: string): Promise<UserProfile | undefined> =>
  findProfile(sql, 'users.name = ?', name)

export const findProfileById = (sql: Sql, id: number): Promise<UserProfile | undefined> =>
  findProfile(sql, 'users.id = ?', id)

/** A row for each server, and one without for a user who has none. */
async function findProfile(sql: Sql, where: string, param: SqlValue): Promise<UserProfile | undefined> {
  const rows = await sql.all(
    `SELECT ${userColumns.select('user__')}, ${listOf(sql, groupNames)} AS group_names, ` +
      `${listOf(sql, roleNames)} AS role_names, ${serverRecordColumns} ` +
      `FROM users LEFT JOIN spawners ON spawners.user_id = users.id ${joinServerRecords} ` +
      `WHERE ${where} ORDER BY spawners.id`,
    [param],
  )
  const [first] = rows
  if (first === undefined) return undefined
  return {
    user: userColumns.decode(first, 'user__'),
    groups: readList(first['group_names']),
    roles: readList(first['role_names']),
    servers: rows.filter((row) => row['spawner__id'] !== null).map(decodeServerRecord),
  }
}

const groupNames = `SELECT g.name AS value FROM user_group_map m JOIN groups g ON g.id = m.group_id WHERE m.user_id = ${users.name}.id ORDER BY g.id`
const roleNames = `SELECT r.name AS value FROM user_role_map m JOIN roles r ON r.id = m.role_id WHERE m.user_id = ${users.name}.id ORDER BY r.id`
