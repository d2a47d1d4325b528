import { formatTimestamp, type UserModel } from '@hub/api'
import { type AccessObject, coversObject } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import { rolesOf } from '../access/role-assignment-store.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { type ServerModelDeps, serverModels } from '../servers/server-model.js'
import * as serverStore from '../servers/server-store.js'
import { serverUrl } from '../hub-urls.js'
import type { User } from './user-store.js'

export interface UserModelDeps extends ServerModelDeps {
  readonly database: Database
  readonly activity: Pick<ActivityRecorder, 'latest'>
}

export interface UserModelOptions {
  readonly permissions: Permissions
  readonly includeStopped: boolean
}

/**
 * Users as the REST API shows them to one caller: each field where one of its scopes covers the user.
 * One query a table, however many users; a user of whom nothing may be seen gives an empty model.
 */
export async function userModels(
  users: readonly User[],
  options: UserModelOptions,
  deps: UserModelDeps,
): Promise<UserModel[]> {
  const related = await loadRelated(users, options.permissions, deps.database)
  return users.map((user) => userModel(user, related, options, deps))
}

interface Related {
  readonly groups: ReadonlyMap<number, readonly string[]>
  readonly roles: ReadonlyMap<number, readonly { readonly name: string }[]>
  readonly servers: ReadonlyMap<number, readonly serverStore.ServerRecord[]>
}

async function loadRelated(users: readonly User[], permissions: Permissions, { read }: Database): Promise<Related> {
  const ids = users.map((user) => user.id)
  const holds = (...scopes: string[]): boolean => scopes.some((scope) => permissions.get(scope) !== undefined)
  const none = Promise.resolve(new Map<never, never>())
  const [groups, roles, servers] = await Promise.all([
    // Group filters of any scope need the groups, shown or not.
    groupStore.groupsOf(read, ids),
    holds('read:users', 'read:roles:users') ? rolesOf(read, 'users', ids) : none,
    holds('read:users', 'read:servers') ? serverStore.listOfUsers(read, ids) : Promise.resolve([]),
  ])
  const byUser = new Map<number, serverStore.ServerRecord[]>()
  for (const server of servers) {
    const list = byUser.get(server.userId)
    if (list === undefined) byUser.set(server.userId, [server])
    else list.push(server)
  }
  return { groups, roles, servers: byUser }
}

function userModel(user: User, related: Related, options: UserModelOptions, deps: UserModelDeps): UserModel {
  const { permissions, includeStopped } = options
  const groups = related.groups.get(user.id) ?? []
  const groupSet = new Set(groups)
  const self: AccessObject = { kind: 'user', name: user.name, groups: groupSet }
  const covers = (...scopes: string[]): boolean => scopes.some((scope) => coversObject(permissions, scope, self))
  const readAll = covers('read:users')
  const model: UserModel = {}
  if (readAll || covers('read:users:name')) model.user_info = user.userInfo === null ? null : { ...user.userInfo }
  if (readAll || covers('read:users:name', 'read:roles:users')) model.admin = user.admin
  if (readAll || covers('read:roles:users')) model.roles = (related.roles.get(user.id) ?? []).map((role) => role.name)
  if (readAll || covers('read:users:groups')) model.groups = [...groups]
  const servers = related.servers.get(user.id) ?? []
  if (readAll) {
    const main = servers.find((server) => server.name === '')
    model.server = main !== undefined && deps.servers.isReady(main) ? serverUrl(deps.urls, user.name, '') : null
    model.pending = main === undefined ? null : deps.servers.pendingOf(main)
    if (user.created !== null) model.created = formatTimestamp(user.created)
  }
  if (readAll || covers('read:users:activity')) {
    const at = deps.activity.latest('users', user.id, user.lastActivity)
    model.last_activity = at === null ? null : formatTimestamp(at)
  }
  const visible = serverModels(servers, groupSet, permissions, includeStopped, deps)
  if (covers('read:servers') || Object.keys(visible).length > 0) model.servers = visible
  if (covers('admin:auth_state')) model.auth_state = null
  // Only a model that shows something says whose it is.
  if (Object.keys(model).length === 0) return model
  return { kind: 'user', name: user.name, ...model }
}
