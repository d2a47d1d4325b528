import { oauthClients, type OAuthClientRow } from '../database/entities/oauth-client.js'
import { encodeJson } from '../database/codecs.js'
import { selectRow } from '../database/rows.js'
import type { Sql } from '../database/sql.js'

export type OAuthClient = OAuthClientRow

export const findByIdentifier = (sql: Sql, identifier: string): Promise<OAuthClient | undefined> =>
  selectRow(sql, oauthClients, 'WHERE identifier = ?', [identifier])

/** Registers the client, or replaces all that is known of it. */
export async function upsert(sql: Sql, client: Omit<OAuthClient, 'id'>): Promise<void> {
  await sql.run(
    'INSERT INTO oauth_clients (identifier, description, secret, redirect_uri, allowed_scopes) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT (identifier) DO UPDATE SET description = excluded.description, secret = excluded.secret, ' +
      'redirect_uri = excluded.redirect_uri, allowed_scopes = excluded.allowed_scopes',
    [
      client.identifier,
      client.description,
      client.secret,
      client.redirectUri,
      encodeJson(client.allowedScopes, () => {}),
    ],
  )
}

/** Its tokens and codes go with it. */
export const remove = (sql: Sql, identifier: string): Promise<number> =>
  sql.run('DELETE FROM oauth_clients WHERE identifier = ?', [identifier])

/**
 * Removes clients that belong to nothing any more: not to the hub, not to a running server, not to a service.
 *
 * @returns their identifiers
 */
export async function removeOrphans(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.all<{ identifier: string }>(
    "DELETE FROM oauth_clients WHERE identifier <> 'jupyterhub' AND identifier NOT IN " +
      '(SELECT oauth_client_id FROM spawners WHERE oauth_client_id IS NOT NULL AND server_id IS NOT NULL ' +
      'UNION ALL SELECT oauth_client_id FROM services WHERE oauth_client_id IS NOT NULL) RETURNING identifier',
  )
  return rows.map((row) => row.identifier)
}
