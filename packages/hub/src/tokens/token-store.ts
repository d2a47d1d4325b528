import { encodeTimestamp } from '../database/codecs.js'
import { apiTokens, type ApiTokenRow } from '../database/entities/api-token.js'
import { insertRow, selectRow, selectRows, updateRows } from '../database/rows.js'
import type { Sql, SqlValue } from '../database/sql.js'

export type ApiToken = ApiTokenRow
export type TokenOwner = { readonly userId: number } | { readonly serviceId: number }

export interface NewToken {
  readonly owner: TokenOwner
  /** The token as it is stored; making the hash is the caller's work. */
  readonly hashed: string
  readonly prefix: string
  /** `jupyterhub` for API tokens, else the OAuth client it was issued to. */
  readonly clientId: string
  readonly sessionId?: string | null
  readonly scopes: readonly string[]
  readonly note: string | null
  readonly created: Date
  readonly expiresAt: Date | null
}

export const create = (sql: Sql, token: NewToken): Promise<ApiToken> =>
  insertRow(sql, apiTokens, {
    userId: 'userId' in token.owner ? token.owner.userId : null,
    serviceId: 'serviceId' in token.owner ? token.owner.serviceId : null,
    hashed: token.hashed,
    prefix: token.prefix,
    clientId: token.clientId,
    sessionId: token.sessionId ?? null,
    created: token.created,
    expiresAt: token.expiresAt,
    lastActivity: null,
    note: token.note,
    scopes: token.scopes,
  })

/** Unexpired tokens that a presented one with this prefix may be; several can share it, so compare the hash of each. */
export const findCandidatesByPrefix = (sql: Sql, prefix: string, now: Date): Promise<ApiToken[]> =>
  selectRows(sql, apiTokens, 'WHERE prefix = ? AND client_id IS NOT NULL AND (expires_at IS NULL OR expires_at > ?)', [
    prefix,
    encodeTimestamp(now),
  ])

export const findById = (sql: Sql, id: number): Promise<ApiToken | undefined> =>
  selectRow(sql, apiTokens, 'WHERE id = ?', [id])

/** Tokens of one owner, by their last activity, or creation if there was none; expired ones too, until they are purged. */
export const listOf = (sql: Sql, owner: TokenOwner): Promise<ApiToken[]> =>
  selectRows(sql, apiTokens, `WHERE ${ownerColumn(owner)} = ? ORDER BY COALESCE(last_activity, created), id`, [
    ownerId(owner),
  ])

/** Raw scopes of the user's unexpired tokens of one OAuth client: what the user has confirmed for it before. */
export async function scopesGrantedTo(
  sql: Sql,
  userId: number,
  clientId: string,
  now: Date,
): Promise<readonly string[]> {
  const rows = await selectRows(
    sql,
    apiTokens,
    'WHERE user_id = ? AND client_id = ? AND (expires_at IS NULL OR expires_at > ?)',
    [userId, clientId, encodeTimestamp(now)],
  )
  return [...new Set(rows.flatMap((row) => row.scopes))]
}

export const setScopes = (sql: Sql, id: number, scopes: readonly string[]): Promise<number> =>
  updateRows(sql, apiTokens, { scopes }, 'id = ?', [id])

/** Moves a token's activity forward; an older time changes nothing. */
export const touch = (sql: Sql, id: number, at: Date): Promise<number> =>
  sql.run('UPDATE api_tokens SET last_activity = ? WHERE id = ? AND (last_activity IS NULL OR last_activity < ?)', [
    encodeTimestamp(at),
    id,
    encodeTimestamp(at),
  ])

// What deletes tokens returns their ids, for the token cache to forget them once the transaction is committed.

export const remove = (sql: Sql, id: number): Promise<number[]> => removeWhere(sql, 'id = ?', [id])

/** All tokens of a user that were issued to one OAuth client. */
export const removeByClient = (sql: Sql, userId: number, clientId: string): Promise<number[]> =>
  removeWhere(sql, 'user_id = ? AND client_id = ?', [userId, clientId])

/** The OAuth tokens of one browser session of a user. */
export const removeBySession = (sql: Sql, userId: number, sessionId: string): Promise<number[]> =>
  removeWhere(sql, 'user_id = ? AND session_id = ?', [userId, sessionId])

/** The sessions in which applications got tokens of this user. */
export const sessionIdsOf = async (sql: Sql, userId: number): Promise<string[]> =>
  (
    await sql.all<{ session_id: string }>(
      'SELECT DISTINCT session_id FROM api_tokens WHERE user_id = ? AND session_id IS NOT NULL',
      [userId],
    )
  ).map((row) => row.session_id)

/** All tokens that applications got for browsers. */
export const removeOfAllSessions = (sql: Sql): Promise<number[]> => removeWhere(sql, 'session_id IS NOT NULL', [])

/** Tokens that applications got in other sessions of the user than this one; those without a session stay. */
export const removeOfOtherSessions = (sql: Sql, userId: number, sessionId: string): Promise<number[]> =>
  removeWhere(sql, 'user_id = ? AND session_id IS NOT NULL AND session_id <> ?', [userId, sessionId])

/** The hub's own tokens with this note, of a server's owner: those that its starts were given. */
export const removeByNote = (
  sql: Sql,
  { spawnerId, note }: { readonly spawnerId: number; readonly note: string },
): Promise<number[]> =>
  removeWhere(sql, "note = ? AND client_id = 'jupyterhub' AND user_id = (SELECT user_id FROM spawners WHERE id = ?)", [
    note,
    spawnerId,
  ])

/** Expired tokens, and those whose client is gone, which no look-up would accept. */
export const purgeExpired = (sql: Sql, now: Date): Promise<number[]> =>
  removeWhere(sql, 'expires_at < ? OR client_id IS NULL', [encodeTimestamp(now)])

async function removeWhere(sql: Sql, condition: string, params: readonly SqlValue[]): Promise<number[]> {
  const rows = await sql.all<{ id: number }>(`DELETE FROM api_tokens WHERE ${condition} RETURNING id`, params)
  return rows.map((row) => row.id)
}

const ownerColumn = (owner: TokenOwner): string => ('userId' in owner ? 'user_id' : 'service_id')
const ownerId = (owner: TokenOwner): number => ('userId' in owner ? owner.userId : owner.serviceId)
