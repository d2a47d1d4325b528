import type { GroupModel } from '@hub/api'
import { coversObject } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import { rolesOf } from '../access/role-assignment-store.js'
import type { Database } from '../database/index.js'
import * as groupStore from './group-store.js'

/** Groups as the REST API shows them to one caller, in one query a table; empty where nothing may be seen. */
export async function groupModels(
  groups: readonly groupStore.Group[],
  permissions: Permissions,
  { read }: Database,
): Promise<GroupModel[]> {
  const ids = groups.map((group) => group.id)
  const [members, roles] = await Promise.all([groupStore.membersOf(read, ids), rolesOf(read, 'groups', ids)])
  return groups.map((group) => {
    const covers = (scope: string): boolean => coversObject(permissions, scope, { kind: 'group', name: group.name })
    const [readAll, readRoles] = [covers('read:groups'), covers('read:roles:groups')]
    if (!readAll && !readRoles && !covers('read:groups:name')) return {}
    return {
      kind: 'group',
      name: group.name,
      ...(readAll ? { properties: { ...group.properties }, users: [...(members.get(group.id) ?? [])] } : {}),
      ...(readRoles ? { roles: (roles.get(group.id) ?? []).map((role) => role.name) } : {}),
    }
  })
}
