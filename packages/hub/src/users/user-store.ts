import type { JsonObject } from '@hub/api'
import { encodeTimestamp } from '../database/codecs.js'
import { userColumns, users, type User } from '../database/entities/user.js'
import { count, insertRows, selectRow, selectRows, updateRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

export type { User } from '../database/entities/user.js'

export const findByName = (sql: Sql, name: string): Promise<User | undefined> =>
  selectRow(sql, userColumns, 'WHERE "users"."name" = ?', [name])

export const findById = (sql: Sql, id: number): Promise<User | undefined> =>
  selectRow(sql, userColumns, 'WHERE "users"."id" = ?', [id])

export const findByCookieId = (sql: Sql, cookieId: string): Promise<User | undefined> =>
  selectRow(sql, userColumns, 'WHERE "users"."cookie_id" = ?', [cookieId])

/** In no promised order; unknown names are simply absent. */
export const findByNames = (sql: Sql, names: readonly string[]): Promise<User[]> =>
  selectRows(sql, userColumns, `WHERE ${isOneOf(sql, '"users"."name"', 'varchar')}`, [listParameter(sql, names)])

export const findByIds = (sql: Sql, ids: readonly number[]): Promise<User[]> =>
  selectRows(sql, userColumns, `WHERE ${isOneOf(sql, '"users"."id"', 'integer')}`, [listParameter(sql, ids)])

export interface NewUser {
  readonly name: string
  readonly admin?: boolean
  /** Random and never shown; see `newCookieId`. */
  readonly cookieId: string
  readonly created: Date
}

/**
 * Creates users in a few statements; giving them roles is up to the caller.
 *
 * @returns them in the order asked for
 * @throws {@link DuplicateError} when one of the names is taken
 */
export async function create(sql: Sql, newUsers: readonly NewUser[]): Promise<User[]> {
  const rows = await insertRows(
    sql,
    users,
    newUsers.map((user) => ({
      name: user.name,
      userInfo: null,
      admin: user.admin ?? false,
      created: user.created,
      lastActivity: null,
      cookieId: user.cookieId,
      state: null,
      encryptedAuthState: null,
    })),
  )
  const byName = new Map(rows.map(({ state: _state, encryptedAuthState: _blob, ...user }) => [user.name, user]))
  return newUsers.flatMap(({ name }) => byName.get(name) ?? [])
}

/** @throws {@link DuplicateError} when the name is taken */
export const rename = (sql: Sql, id: number, name: string): Promise<number> =>
  updateRows(sql, users, { name }, 'id = ?', [id])

export const setAdmin = (sql: Sql, id: number, admin: boolean): Promise<number> =>
  updateRows(sql, users, { admin }, 'id = ?', [id])

export const setUserInfo = (sql: Sql, id: number, userInfo: JsonObject | null): Promise<number> =>
  updateRows(sql, users, { userInfo }, 'id = ?', [id])

/** A new cookie id ends every browser session of the user. */
export const setCookieId = (sql: Sql, id: number, cookieId: string): Promise<number> =>
  updateRows(sql, users, { cookieId }, 'id = ?', [id])

export const setCreated = (sql: Sql, id: number, created: Date): Promise<number> =>
  updateRows(sql, users, { created }, 'id = ?', [id])

export async function findEncryptedAuthState(sql: Sql, id: number): Promise<Buffer | null> {
  const [row] = await sql.all<{ encrypted_auth_state: Buffer | null }>(
    'SELECT encrypted_auth_state FROM users WHERE id = ?',
    [id],
  )
  return row?.encrypted_auth_state ?? null
}

export const setEncryptedAuthState = (sql: Sql, id: number, encryptedAuthState: Buffer | null): Promise<number> =>
  updateRows(sql, users, { encryptedAuthState }, 'id = ?', [id])

/** Moves a user's activity forward; an older time changes nothing. */
export const touch = (sql: Sql, id: number, at: Date): Promise<number> =>
  sql.run('UPDATE users SET last_activity = ? WHERE id = ? AND (last_activity IS NULL OR last_activity < ?)', [
    encodeTimestamp(at),
    id,
    encodeTimestamp(at),
  ])

/**
 * Deletes users with all that is theirs: servers and their addresses, tokens, codes, shares given and received, memberships.
 * The OAuth clients of their servers go too, and with them the tokens of other users that were issued to these.
 */
export async function remove(sql: Sql, ids: readonly number[]): Promise<number> {
  const theirs = isOneOf(sql, 'user_id', 'integer')
  const param = [listParameter(sql, ids)]
  await sql.run(`DELETE FROM servers WHERE id IN (SELECT server_id FROM spawners WHERE ${theirs})`, param)
  await sql.run(
    `DELETE FROM oauth_clients WHERE identifier IN (SELECT oauth_client_id FROM spawners WHERE ${theirs})`,
    param,
  )
  return sql.run(`DELETE FROM users WHERE ${isOneOf(sql, 'id', 'integer')}`, param)
}

/** Every user, by id; for the start of the hub. */
export const listAll = (sql: Sql): Promise<User[]> => selectRows(sql, userColumns, 'ORDER BY users.id')

export const countAll = (sql: Sql): Promise<number> => count(sql, 'SELECT COUNT(*) AS n FROM users')
