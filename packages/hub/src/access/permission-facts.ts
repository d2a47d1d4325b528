import { withFilter } from '@hub/api'
import { encodeTimestamp } from '../database/codecs.js'
import { collect } from '../database/collect.js'
import { roles } from '../database/entities/role.js'
import { shares } from '../database/entities/share.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'
import type { Issuer } from './owner.js'

/** The client `jupyterhub`, which owns the tokens that people and configuration create. */
export const hubClientId = 'jupyterhub'

export async function rawScopesOfService(sql: Sql, serviceId: number): Promise<readonly string[]> {
  const rows = await sql.all<{ scopes: string | null }>(
    'SELECT r.scopes FROM roles r JOIN service_role_map m ON m.role_id = r.id WHERE m.service_id = ?',
    [serviceId],
  )
  return [...new Set(rows.flatMap((row) => roles.columns.scopes.decode(row.scopes)))]
}

/** Raw scopes of unexpired shares with the user and with the user's groups; each names the server it is about. */
export async function shareScopesOfUser(sql: Sql, userId: number, now: Date): Promise<readonly string[]> {
  const rows = await sql.all<{ owner_name: string; server_name: string; scopes: string | null }>(
    'SELECT o.name AS owner_name, s.name AS server_name, shares.scopes FROM shares ' +
      'JOIN spawners s ON s.id = shares.spawner_id JOIN users o ON o.id = s.user_id ' +
      'WHERE (shares.user_id = ? OR shares.group_id IN (SELECT group_id FROM user_group_map WHERE user_id = ?)) ' +
      'AND (shares.expires_at IS NULL OR shares.expires_at > ?)',
    [userId, userId, encodeTimestamp(now)],
  )
  // What is stored may name the server as it was called when it was shared, and another server may go by that name now.
  return rows.flatMap((row) => {
    const filter = { kind: 'server', value: `${row.owner_name}/${row.server_name}` } as const
    return shares.columns.scopes.decode(row.scopes).map((scope) => withFilter(scope, filter))
  })
}

/** The server or service that an OAuth client belongs to. */
export async function issuerOf(sql: Sql, clientId: string): Promise<Issuer> {
  if (clientId === hubClientId) return { kind: 'hub' }
  const [server] = await sql.all<{ user_name: string; server_name: string }>(
    'SELECT u.name AS user_name, s.name AS server_name FROM spawners s JOIN users u ON u.id = s.user_id WHERE s.oauth_client_id = ?',
    [clientId],
  )
  if (server !== undefined) return { kind: 'server', user: server.user_name, server: server.server_name }
  const [service] = await sql.all<{ name: string }>('SELECT name FROM services WHERE oauth_client_id = ?', [clientId])
  return service === undefined ? { kind: 'nothing' } : { kind: 'service', name: service.name }
}

/** Members of these groups; a group without members, or that does not exist, is absent. */
export async function membersByGroup(
  sql: Sql,
  groups: Iterable<string>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await sql.all<{ group_name: string; user_name: string }>(
    'SELECT g.name AS group_name, u.name AS user_name FROM user_group_map m JOIN groups g ON g.id = m.group_id ' +
      `JOIN users u ON u.id = m.user_id WHERE ${isOneOf(sql, 'g.name', 'varchar')}`,
    [listParameter(sql, [...groups])],
  )
  return new Map(
    [...collect(rows.map((row) => [row.group_name, row.user_name]))].map(([group, names]) => [group, new Set(names)]),
  )
}

export async function groupNamesOfUser(sql: Sql, userName: string): Promise<readonly string[]> {
  const rows = await sql.all<{ name: string }>(
    'SELECT g.name FROM groups g JOIN user_group_map m ON m.group_id = g.id JOIN users u ON u.id = m.user_id WHERE u.name = ?',
    [userName],
  )
  return rows.map((row) => row.name)
}
