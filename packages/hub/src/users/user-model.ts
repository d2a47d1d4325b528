import { formatTimestamp, type UserModel } from '@hub/api'
import { type AccessObject, coversObject } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import { type ServerModelDeps, serverModels } from '../servers/server-model.js'
import { serverUrl } from '../hub-urls.js'
import { findProfilesByIds, type UserProfile } from './user-profile-store.js'
import type { User } from './user-store.js'

export interface UserModelDeps extends ServerModelDeps {
  readonly database: Database
  readonly activity: Pick<ActivityRecorder, 'latest'>
}

export interface UserModelOptions {
  readonly permissions: Permissions
  readonly includeStopped: boolean
}

/** A user as the REST API shows them to one caller: each field where one of its scopes covers the user. */
export function userModel(profile: UserProfile, options: UserModelOptions, deps: UserModelDeps): UserModel {
  const { permissions, includeStopped } = options
  const { user, groups, roles, servers } = profile
  const groupSet = new Set(groups)
  const self: AccessObject = { kind: 'user', name: user.name, groups: groupSet }
  const covers = (...scopes: string[]): boolean => scopes.some((scope) => coversObject(permissions, scope, self))
  const readAll = covers('read:users')
  const model: UserModel = {}
  if (readAll || covers('read:users:name')) model.user_info = user.userInfo === null ? null : { ...user.userInfo }
  if (readAll || covers('read:users:name', 'read:roles:users')) model.admin = user.admin
  if (readAll || covers('read:roles:users')) model.roles = [...roles]
  if (readAll || covers('read:users:groups')) model.groups = [...groups]
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

/** Users as the REST API shows them to one caller, in this order; a user of whom nothing may be seen gives an empty model. */
export async function userModels(
  users: readonly User[],
  options: UserModelOptions,
  deps: UserModelDeps,
): Promise<UserModel[]> {
  const profiles = await findProfilesByIds(
    deps.database.read,
    users.map((user) => user.id),
  )
  const byId = new Map(profiles.map((profile) => [profile.user.id, profile]))
  return users.flatMap((user) => {
    const profile = byId.get(user.id)
    return profile === undefined ? [] : [userModel(profile, options, deps)]
  })
}
