import { oauthCodes, type OAuthCodeRow } from '../database/entities/oauth-code.js'
import { insertRow, selectRow } from '../database/rows.js'
import type { Sql } from '../database/sql.js'

export type OAuthCode = OAuthCodeRow

export const create = (sql: Sql, code: Omit<OAuthCode, 'id'>): Promise<OAuthCode> => insertRow(sql, oauthCodes, code)

/** The unexpired code of this client; it stays until {@link take} uses it up. */
export const find = (sql: Sql, clientId: string, code: string, now: Date): Promise<OAuthCode | undefined> =>
  selectRow(sql, oauthCodes, 'WHERE code = ? AND client_id = ? AND expires_at > ?', [
    code,
    clientId,
    Math.floor(now.getTime() / 1000),
  ])

/** @returns whether this caller was the one to use the code up */
export const take = async (sql: Sql, id: number): Promise<boolean> =>
  (await sql.run('DELETE FROM oauth_codes WHERE id = ?', [id])) === 1

export const purgeExpired = (sql: Sql, now: Date): Promise<number> =>
  sql.run('DELETE FROM oauth_codes WHERE expires_at < ?', [Math.floor(now.getTime() / 1000)])
