import { encodeTimestamp } from '../database/codecs.js'
import { roles } from '../database/entities/role.js'
import { shares } from '../database/entities/share.js'
import type { Sql } from '../database/sql.js'

/** Raw scopes of a user's own roles and of those of the user's groups. */
export async function rawScopesOfUser(sql: Sql, userId: number): Promise<readonly string[]> {
  const rows = await sql.all(
    'SELECT r.scopes FROM roles r WHERE r.id IN (SELECT role_id FROM user_role_map WHERE user_id = ? UNION ' +
      'SELECT gr.role_id FROM group_role_map gr JOIN user_group_map ug ON ug.group_id = gr.group_id WHERE ug.user_id = ?)',
    [userId, userId],
  )
  return united(rows)
}

export async function rawScopesOfService(sql: Sql, serviceId: number): Promise<readonly string[]> {
  const rows = await sql.all(
    'SELECT r.scopes FROM roles r JOIN service_role_map m ON m.role_id = r.id WHERE m.service_id = ?',
    [serviceId],
  )
  return united(rows)
}

/** What one share lets its recipient do. */
export interface SharedScopes {
  readonly ownerName: string
  readonly serverName: string
  readonly scopes: readonly string[]
}

/** Unexpired shares with this user, directly or through a group. */
export async function sharedWithUser(sql: Sql, userId: number, now: Date): Promise<readonly SharedScopes[]> {
  const rows = await sql.all<{ owner_name: string; server_name: string; scopes: string | null }>(
    'SELECT o.name AS owner_name, s.name AS server_name, shares.scopes FROM shares ' +
      'JOIN spawners s ON s.id = shares.spawner_id JOIN users o ON o.id = shares.owner_id ' +
      'WHERE (shares.user_id = ? OR shares.group_id IN (SELECT group_id FROM user_group_map WHERE user_id = ?)) ' +
      'AND (shares.expires_at IS NULL OR shares.expires_at > ?) ORDER BY shares.id',
    [userId, userId, encodeTimestamp(now)],
  )
  return rows.map((row) => ({
    ownerName: row.owner_name,
    serverName: row.server_name,
    scopes: shares.columns.scopes.decode(row.scopes),
  }))
}

function united(rows: readonly Record<string, unknown>[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => roles.columns.scopes.decode(row['scopes'])))]
}
