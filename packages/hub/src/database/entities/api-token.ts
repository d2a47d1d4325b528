import { cascade, integer, jsonList, nullableInteger, nullableText, nullableTimestamp, text } from '../columns.js'
import { defineTable } from '../table.js'

/** An API token or an OAuth access token; exactly one of user and service owns it. */
export interface ApiTokenRow {
  readonly userId: number | null
  readonly serviceId: number | null
  readonly id: number
  /** `algorithm:rounds:salt:digest`. */
  readonly hashed: string
  /** The token's first four characters. */
  readonly prefix: string
  readonly clientId: string | null
  readonly sessionId: string | null
  readonly created: Date | null
  readonly expiresAt: Date | null
  readonly lastActivity: Date | null
  readonly note: string | null
  /** Raw, as they were granted: they resolve anew at each use. */
  readonly scopes: readonly string[]
}

export const apiTokens = defineTable<ApiTokenRow>('api_tokens', {
  userId: nullableInteger('user_id', { references: cascade('users') }),
  serviceId: nullableInteger('service_id', { references: cascade('services') }),
  id: integer('id'),
  hashed: text('hashed', 255, { unique: true }),
  prefix: text('prefix', 16, { indexed: true }),
  clientId: nullableText('client_id', 255, { references: cascade('oauth_clients', 'identifier') }),
  sessionId: nullableText('session_id', 255),
  created: nullableTimestamp('created'),
  expiresAt: nullableTimestamp('expires_at'),
  lastActivity: nullableTimestamp('last_activity'),
  note: nullableText('note', 1023),
  scopes: jsonList('scopes'),
})
