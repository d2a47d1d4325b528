import { encodeTimestamp } from '../database/codecs.js'
import { apiTokens, type ApiTokenRow } from '../database/entities/api-token.js'
import { insertRow, selectRow, selectRows } from '../database/rows.js'
import type { Sql } from '../database/sql.js'

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
  selectRows(sql, apiTokens, 'WHERE prefix = ? AND (expires_at IS NULL OR expires_at > ?)', [
    prefix,
    encodeTimestamp(now),
  ])

export const findById = (sql: Sql, id: number): Promise<ApiToken | undefined> =>
  selectRow(sql, apiTokens, 'WHERE id = ?', [id])

export const remove = (sql: Sql, id: number): Promise<number> => sql.run('DELETE FROM api_tokens WHERE id = ?', [id])
