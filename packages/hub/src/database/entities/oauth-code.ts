import { cascade, integer, jsonList, nullableInteger, nullableText, text } from '../columns.js'
import { defineTable } from '../table.js'

export interface OAuthCodeRow {
  readonly id: number
  readonly clientId: string
  readonly code: string
  /** Unix seconds, unlike every other time in the schema. */
  readonly expiresAt: number | null
  readonly redirectUri: string | null
  readonly sessionId: string | null
  readonly userId: number
  readonly scopes: readonly string[]
  readonly codeChallenge: string | null
  readonly codeChallengeMethod: string | null
}

export const oauthCodes = defineTable<OAuthCodeRow>('oauth_codes', {
  id: integer('id'),
  clientId: text('client_id', 255, { references: cascade('oauth_clients', 'identifier') }),
  code: text('code', 36),
  expiresAt: nullableInteger('expires_at'),
  redirectUri: nullableText('redirect_uri', 1023),
  sessionId: nullableText('session_id', 255),
  userId: integer('user_id', { notNull: false, references: cascade('users') }),
  scopes: jsonList('scopes'),
  codeChallenge: nullableText('code_challenge', 255),
  codeChallengeMethod: nullableText('code_challenge_method', 64),
})
