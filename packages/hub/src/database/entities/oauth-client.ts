import { integer, jsonList, text } from '../columns.js'
import { defineTable } from '../table.js'

export interface OAuthClientRow {
  readonly id: number
  readonly identifier: string
  readonly description: string
  /** Hash of the secret; `''` for the built-in client, which can run no flow. */
  readonly secret: string
  readonly redirectUri: string
  readonly allowedScopes: readonly string[]
}

export const oauthClients = defineTable<OAuthClientRow>('oauth_clients', {
  id: integer('id'),
  identifier: text('identifier', 255, { unique: true }),
  description: text('description', 1023),
  secret: text('secret', 255),
  redirectUri: text('redirect_uri', 1023),
  allowedScopes: jsonList('allowed_scopes'),
})
