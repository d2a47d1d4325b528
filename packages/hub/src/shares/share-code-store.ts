import { encodeTimestamp } from '../database/codecs.js'
import { shareCodes } from '../database/entities/share-code.js'
import { count, insertRow } from '../database/rows.js'
import type { RawRow, Sql, SqlValue } from '../database/sql.js'
import { isTokenStoredAs, type StoredSecret, tokenPrefix } from '../tokens/token-hash.js'
import { restrictedTo, type SharedServer } from './share-scopes.js'
import type { SharePage } from './share-store.js'

/** A code that people exchange for a share of their own, as often as they like until it expires. */
export interface ShareCode extends SharedServer {
  readonly id: number
  readonly spawnerId: number
  /** Raw, sorted, each restricted to the server as it is called now. */
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly exchangeCount: number
  readonly lastExchangedAt: Date | null
}

export type ShareCodeQuery = { readonly ownerId: number } | { readonly spawnerId: number }

const joined = 'FROM share_codes JOIN spawners s ON s.id = share_codes.spawner_id JOIN users o ON o.id = s.user_id'
const unexpired = '(share_codes.expires_at IS NULL OR share_codes.expires_at > ?)'
/** Longer than any code there is; what is longer would only keep the hash busy. */
const maxCodeLength = 1_000

const select = (sql: Sql, tail: string, params: readonly SqlValue[]): Promise<RawRow[]> =>
  sql.all(`SELECT ${shareCodes.select()}, o.name AS owner_name, s.name AS server_name ${joined} ${tail}`, params)

function decode(raw: RawRow): ShareCode {
  const { id, spawnerId, createdAt, expiresAt, exchangeCount, lastExchangedAt, scopes } = shareCodes.decode(raw)
  // Names are never null in rows that a hub wrote.
  const server = { ownerName: raw['owner_name'] as string, serverName: raw['server_name'] as string }
  return {
    ...server,
    id,
    spawnerId,
    createdAt,
    expiresAt,
    // Null in rows of which upstream's default is not in the table.
    exchangeCount: exchangeCount ?? 0,
    lastExchangedAt,
    scopes: restrictedTo(server, scopes),
  }
}

/** One page of unexpired codes by id, and how many there are without offset and limit. */
export async function listPage(
  sql: Sql,
  query: ShareCodeQuery,
  { offset, limit, now }: SharePage & { readonly now: Date },
): Promise<{ readonly codes: readonly ShareCode[]; readonly total: number }> {
  const [condition, id] =
    'ownerId' in query ? ['s.user_id = ?', query.ownerId] : ['share_codes.spawner_id = ?', query.spawnerId]
  const where = `WHERE ${condition} AND ${unexpired}`
  const params = [id, encodeTimestamp(now)]
  const rows = await select(sql, `${where} ORDER BY share_codes.id LIMIT ? OFFSET ?`, [...params, limit, offset])
  return { codes: rows.map(decode), total: await count(sql, `SELECT COUNT(*) AS n ${joined} ${where}`, params) }
}

/** The unexpired code that somebody presents. */
export async function findByCode(sql: Sql, code: string, now: Date): Promise<ShareCode | undefined> {
  if (code === '' || code.length > maxCodeLength) return undefined
  const candidates = await select(sql, `WHERE share_codes.prefix = ? AND ${unexpired}`, [
    tokenPrefix(code),
    encodeTimestamp(now),
  ])
  const found = candidates.find((raw) => isTokenStoredAs(code, shareCodes.decode(raw).hashed))
  return found === undefined ? undefined : decode(found)
}

export interface NewShareCode {
  readonly spawnerId: number
  readonly ownerId: number
  readonly secret: StoredSecret
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** @returns its id */
export async function create(sql: Sql, { secret, ...code }: NewShareCode): Promise<number> {
  const row = await insertRow(sql, shareCodes, { ...secret, ...code, exchangeCount: 0, lastExchangedAt: null })
  return row.id
}

/** Counts an exchange. @returns whether the code could still be used */
export const countExchange = async (sql: Sql, id: number, now: Date): Promise<boolean> =>
  (await sql.run(
    'UPDATE share_codes SET exchange_count = COALESCE(exchange_count, 0) + 1, last_exchanged_at = ? ' +
      `WHERE id = ? AND ${unexpired}`,
    [encodeTimestamp(now), id, encodeTimestamp(now)],
  )) === 1

/** @returns whether the server has had such a code */
export const removeOne = async (sql: Sql, spawnerId: number, id: number): Promise<boolean> =>
  (await sql.run('DELETE FROM share_codes WHERE id = ? AND spawner_id = ?', [id, spawnerId])) === 1

export const removeOfServer = (sql: Sql, spawnerId: number): Promise<number> =>
  sql.run('DELETE FROM share_codes WHERE spawner_id = ?', [spawnerId])

export const purgeExpired = (sql: Sql, now: Date): Promise<number> =>
  sql.run('DELETE FROM share_codes WHERE expires_at < ?', [encodeTimestamp(now)])
