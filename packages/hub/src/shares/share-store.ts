import { encodeTimestamp } from '../database/codecs.js'
import { shares } from '../database/entities/share.js'
import { count, insertRow, updateRows } from '../database/rows.js'
import type { RawRow, Sql, SqlValue, Transaction } from '../database/sql.js'
import { restrictedTo, type SharedServer } from './share-scopes.js'

/** Whom a server is shared with, by id. */
export type Recipient = { readonly userId: number } | { readonly groupId: number }

/** A server shared with one user or group. */
export interface Share extends SharedServer {
  readonly id: number
  readonly spawnerId: number
  readonly recipient: { readonly kind: 'user' | 'group'; readonly name: string }
  /** Raw, sorted, each restricted to the server as it is called now. */
  readonly scopes: readonly string[]
  readonly createdAt: Date
}

/** Shares of one user's servers, of one server, or with a user (through groups too) or group. */
export type ShareQuery =
  | { readonly ownerId: number }
  | { readonly spawnerId: number }
  | { readonly withUserId: number }
  | { readonly withGroupId: number }

export interface SharePage {
  readonly offset: number
  readonly limit: number
}

const joined =
  'FROM shares JOIN spawners s ON s.id = shares.spawner_id JOIN users o ON o.id = s.user_id ' +
  'LEFT JOIN users u ON u.id = shares.user_id LEFT JOIN groups g ON g.id = shares.group_id'
const unexpired = '(shares.expires_at IS NULL OR shares.expires_at > ?)'

async function select(sql: Sql, tail: string, params: readonly SqlValue[]): Promise<Share[]> {
  const rows = await sql.all(
    `SELECT ${shares.select()}, o.name AS owner_name, s.name AS server_name, u.name AS user_name, g.name AS group_name ` +
      `${joined} ${tail}`,
    params,
  )
  return rows.map(decode)
}

function decode(raw: RawRow): Share {
  const { id, spawnerId, createdAt, scopes } = shares.decode(raw)
  // Names are never null in rows that a hub wrote; of the recipients one is.
  const [ownerName, serverName] = [raw['owner_name'] as string, raw['server_name'] as string]
  const userName = raw['user_name'] as string | null
  const recipient =
    userName === null
      ? ({ kind: 'group', name: raw['group_name'] as string } as const)
      : ({ kind: 'user', name: userName } as const)
  return {
    id,
    spawnerId,
    ownerName,
    serverName,
    recipient,
    createdAt,
    scopes: restrictedTo({ ownerName, serverName }, scopes),
  }
}

/** One page of unexpired shares by id, and how many there are without offset and limit. */
export async function listPage(
  sql: Sql,
  query: ShareQuery,
  { offset, limit, now }: SharePage & { readonly now: Date },
): Promise<{ readonly shares: readonly Share[]; readonly total: number }> {
  const [condition, params] = conditionOf(query)
  const where = `WHERE ${condition} AND ${unexpired}`
  const all = [...params, encodeTimestamp(now)]
  const page = await select(sql, `${where} ORDER BY shares.id LIMIT ? OFFSET ?`, [...all, limit, offset])
  return { shares: page, total: await count(sql, `SELECT COUNT(*) AS n ${joined} ${where}`, all) }
}

function conditionOf(query: ShareQuery): readonly [condition: string, params: readonly SqlValue[]] {
  if ('ownerId' in query) return ['s.user_id = ?', [query.ownerId]]
  if ('spawnerId' in query) return ['shares.spawner_id = ?', [query.spawnerId]]
  if ('withGroupId' in query) return ['shares.group_id = ?', [query.withGroupId]]
  return [
    '(shares.user_id = ? OR shares.group_id IN (SELECT group_id FROM user_group_map WHERE user_id = ?))',
    [query.withUserId, query.withUserId],
  ]
}

/** The unexpired share of a server with this very user or group. */
export async function find(sql: Sql, spawnerId: number, recipient: Recipient, now: Date): Promise<Share | undefined> {
  const [condition, id] = recipientCondition(recipient)
  const [share] = await select(sql, `WHERE shares.spawner_id = ? AND ${condition} AND ${unexpired}`, [
    spawnerId,
    id,
    encodeTimestamp(now),
  ])
  return share
}

/** {@link find}, by the names that people know the server by. */
export async function findByServerName(
  sql: Sql,
  server: SharedServer,
  recipient: Recipient,
  now: Date,
): Promise<Share | undefined> {
  const [condition, id] = recipientCondition(recipient)
  const [share] = await select(sql, `WHERE o.name = ? AND s.name = ? AND ${condition} AND ${unexpired}`, [
    server.ownerName,
    server.serverName,
    id,
    encodeTimestamp(now),
  ])
  return share
}

const recipientCondition = (recipient: Recipient): readonly [condition: string, id: number] =>
  'userId' in recipient ? ['shares.user_id = ?', recipient.userId] : ['shares.group_id = ?', recipient.groupId]

/**
 * Keeps everybody else from changing the shares of a server until the transaction ends: the tables do not say that there
 * is one share a recipient.
 *
 * @returns whether there still is such a server
 */
export async function lockSharesOf(tx: Transaction, spawnerId: number): Promise<boolean> {
  // sqlite has one writer at a time as it is. NO KEY: rows that only refer to the server may be written meanwhile.
  const lock = tx.kind === 'postgres' ? ' FOR NO KEY UPDATE' : ''
  return (await tx.all(`SELECT id FROM spawners WHERE id = ?${lock}`, [spawnerId])).length > 0
}

export interface Grant {
  readonly spawnerId: number
  readonly ownerId: number
  readonly recipient: Recipient
  readonly scopes: readonly string[]
  readonly now: Date
}

/** Shares a server, or adds scopes to the share there is. Needs {@link lockSharesOf}. */
export async function grant(tx: Transaction, { spawnerId, ownerId, recipient, scopes, now }: Grant): Promise<Share> {
  const known = await find(tx, spawnerId, recipient, now)
  if (known !== undefined) {
    await setScopes(tx, known.id, restrictedTo(known, [...known.scopes, ...scopes]))
  } else {
    // What an expired one allowed must not come back with the new one.
    await removeExpiredOf(tx, spawnerId, now)
    await insertRow(tx, shares, {
      userId: 'userId' in recipient ? recipient.userId : null,
      groupId: 'groupId' in recipient ? recipient.groupId : null,
      createdAt: now,
      scopes,
      expiresAt: null,
      ownerId,
      spawnerId,
    })
  }
  const share = await find(tx, spawnerId, recipient, now)
  if (share === undefined) throw new Error('a share that was just made is gone')
  return share
}

export const setScopes = (sql: Sql, id: number, scopes: readonly string[]): Promise<number> =>
  updateRows(sql, shares, { scopes }, 'id = ?', [id])

export const remove = (sql: Sql, id: number): Promise<number> => sql.run('DELETE FROM shares WHERE id = ?', [id])

export const removeOfServer = (sql: Sql, spawnerId: number): Promise<number> =>
  sql.run('DELETE FROM shares WHERE spawner_id = ?', [spawnerId])

export const purgeExpired = (sql: Sql, now: Date): Promise<number> =>
  sql.run('DELETE FROM shares WHERE expires_at < ?', [encodeTimestamp(now)])

const removeExpiredOf = (sql: Sql, spawnerId: number, now: Date): Promise<number> =>
  sql.run('DELETE FROM shares WHERE spawner_id = ? AND expires_at <= ?', [spawnerId, encodeTimestamp(now)])
