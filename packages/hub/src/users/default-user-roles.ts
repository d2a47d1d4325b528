import * as roleStore from '../access/role-store.js'
import type { Sql } from '../database/sql.js'

/**
 * Gives the role `user` to these users, and keeps `admin` in step with their flag.
 *
 * @returns whether anything changed
 */
export async function grantDefaultRoles(sql: Sql, userIds: readonly number[], admin: boolean): Promise<boolean> {
  let changed = 0
  for (const role of await roleStore.findByNames(sql, ['user', 'admin'])) {
    const isGranted = role.name === 'user' || admin
    changed += await (isGranted ? roleStore.assign : roleStore.strip)(sql, 'users', userIds, role.id)
  }
  return changed > 0
}
