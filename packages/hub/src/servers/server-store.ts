import type { JsonObject } from '@hub/api'
import { encodeTimestamp } from '../database/codecs.js'
import { servers, type ServerRow } from '../database/entities/server.js'
import { spawners, type SpawnerRow } from '../database/entities/spawner.js'
import { count, insertRow, updateRows } from '../database/rows.js'
import { decodeServerRecord, selectServerRecords, type ServerRecord } from '../database/server-record.js'
import { isOneOf, listParameter, type Sql, type SqlValue, type Transaction } from '../database/sql.js'

export type { ServerLife, ServerRecord } from '../database/server-record.js'

async function select(sql: Sql, tail: string, params: readonly SqlValue[] = []): Promise<ServerRecord[]> {
  const rows = await sql.all(`${selectServerRecords} ${tail}`, params)
  return rows.map(decodeServerRecord)
}

/** The server `name` of a user; `''` is the default one. */
export async function find(sql: Sql, userId: number, name: string): Promise<ServerRecord | undefined> {
  const [record] = await select(sql, 'WHERE spawners.user_id = ? AND spawners.name = ?', [userId, name])
  return record
}

export async function findByOwnerName(sql: Sql, userName: string, name: string): Promise<ServerRecord | undefined> {
  const [record] = await select(sql, 'WHERE users.name = ? AND spawners.name = ?', [userName, name])
  return record
}

export async function findById(sql: Sql, id: number): Promise<ServerRecord | undefined> {
  const [record] = await select(sql, 'WHERE spawners.id = ?', [id])
  return record
}

/** In no promised order; unknown ids are simply absent. */
export const findByIds = (sql: Sql, ids: readonly number[]): Promise<ServerRecord[]> =>
  select(sql, `WHERE ${isOneOf(sql, 'spawners.id', 'integer')}`, [listParameter(sql, ids)])

/** Servers of all these users, stopped ones too, by user and id. */
export const listOfUsers = (sql: Sql, userIds: readonly number[]): Promise<ServerRecord[]> =>
  select(sql, `WHERE ${isOneOf(sql, 'spawners.user_id', 'integer')} ORDER BY spawners.user_id, spawners.id`, [
    listParameter(sql, userIds),
  ])

/** Servers that run, or were on their way, when this was asked: those that a starting hub has to look at. */
export const listUnfinished = (sql: Sql): Promise<ServerRecord[]> =>
  select(
    sql,
    "WHERE spawners.server_id IS NOT NULL OR server_states.phase IN ('requested', 'starting', 'ready', 'stopping', 'unknown') " +
      'ORDER BY spawners.id',
  )

/** All named servers of everybody, by id. */
export const listNamed = (sql: Sql): Promise<ServerRecord[]> =>
  select(sql, "WHERE spawners.name <> '' ORDER BY spawners.id")

/**
 * Keeps everybody else, other hubs included, from adding or renaming servers of the user until the transaction ends: the
 * tables do not say that a user has only one server of a name.
 */
export async function lockServersOf(tx: Transaction, userId: number): Promise<void> {
  // sqlite has one writer at a time as it is. NO KEY: rows that only refer to the user may be written meanwhile.
  if (tx.kind === 'postgres') await tx.all('SELECT id FROM users WHERE id = ? FOR NO KEY UPDATE', [userId])
}

/** Named servers of a user, running or not. */
export const countNamed = (sql: Sql, userId: number): Promise<number> =>
  count(sql, "SELECT COUNT(*) AS n FROM spawners WHERE user_id = ? AND name <> ''", [userId])

export interface NewServer {
  readonly userId: number
  readonly name: string
  readonly displayName: string
  readonly userOptions?: JsonObject | null
}

export const create = (sql: Sql, server: NewServer): Promise<SpawnerRow> =>
  insertRow(sql, spawners, {
    userId: server.userId,
    serverId: null,
    state: null,
    name: server.name,
    displayName: server.displayName,
    started: null,
    lastActivity: null,
    userOptions: server.userOptions ?? null,
    oauthClientId: null,
  })

export type ServerPatch = Partial<
  Pick<
    SpawnerRow,
    'name' | 'displayName' | 'state' | 'started' | 'lastActivity' | 'userOptions' | 'oauthClientId' | 'serverId'
  >
>

/** Sets what is given, in one statement; renaming moves nothing else. */
export const update = (sql: Sql, id: number, patch: ServerPatch): Promise<number> =>
  updateRows(sql, spawners, patch, 'id = ?', [id])

/** Makes a row of `servers`, with an address that {@link setAddress} fills in once it is known. @returns its id */
export const createAddress = async (sql: Sql, address: Omit<ServerRow, 'id'>): Promise<number> =>
  (await insertRow(sql, servers, address)).id

/** The same, and the server refers to it. */
export async function attachAddress(sql: Sql, id: number, address: Omit<ServerRow, 'id'>): Promise<number> {
  const serverId = await createAddress(sql, address)
  await update(sql, id, { serverId })
  return serverId
}

export const setAddress = (
  sql: Sql,
  id: number,
  address: Partial<Pick<ServerRow, 'proto' | 'ip' | 'port' | 'baseUrl'>>,
): Promise<number> => updateRows(sql, servers, address, 'id = (SELECT server_id FROM spawners WHERE id = ?)', [id])

/** Removes the row of `servers`; the reference to it becomes null with it. */
export const detachAddress = (sql: Sql, id: number): Promise<number> =>
  sql.run('DELETE FROM servers WHERE id = (SELECT server_id FROM spawners WHERE id = ?)', [id])

/** Removes the server for good, with its address, OAuth client (hence that one's tokens and codes), shares and share codes. */
export async function remove(sql: Sql, id: number): Promise<void> {
  await detachAddress(sql, id)
  await sql.run('DELETE FROM oauth_clients WHERE identifier = (SELECT oauth_client_id FROM spawners WHERE id = ?)', [
    id,
  ])
  await sql.run('DELETE FROM spawners WHERE id = ?', [id])
}

/** Moves a server's activity forward; an older time changes nothing. */
export const touch = (sql: Sql, id: number, at: Date): Promise<number> =>
  sql.run('UPDATE spawners SET last_activity = ? WHERE id = ? AND (last_activity IS NULL OR last_activity < ?)', [
    encodeTimestamp(at),
    id,
    encodeTimestamp(at),
  ])
