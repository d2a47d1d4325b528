import {
  createUser as createUserEndpoint,
  createUsers,
  deleteUser as deleteUserEndpoint,
  getUser,
  listUsers,
  requestAdminAccess,
  updateUser,
  type UserModel,
  type UserSort,
} from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import { listFilter } from '../access/has-scope.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Exchange } from '../http/exchange.js'
import { identified } from '../http/handle.js'
import { badRequest, conflict, forbidden, notFound } from '../http/hub-error.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import { isAdmin } from '../http/visitor.js'
import { requireUser } from '../servers/find-server.js'
import type { Servers } from '../servers/servers.js'
import { createUser, type CreateUserDeps, normalizedUsernames } from './create-user.js'
import { createManyUsers } from './create-many-users.js'
import { deleteUser, type DeleteUserDeps } from './delete-user.js'
import { changeUser, type ChangeUserDeps } from './change-user.js'
import { type UserModelDeps, type UserModelOptions, userModel, userModels } from './user-model.js'
import { listPage, type UserOrder } from './user-list-store.js'
import { findProfileByName } from './user-profile-store.js'
import * as userStore from './user-store.js'

export interface UserRoutesDeps extends UserModelDeps, CreateUserDeps, DeleteUserDeps, ChangeUserDeps {
  readonly activity: DeleteUserDeps['activity']
  readonly servers: Servers
  readonly authenticator: Authenticator
  readonly pages: PageLimits
  readonly adminAccess: boolean
  readonly flushActivity: () => Promise<void>
}

/** The REST API of users. */
export function userRoutes(deps: UserRoutesDeps): ApiRoute[] {
  const { database } = deps

  const optionsFor = (exchange: Exchange, includeStopped: boolean | undefined): UserModelOptions => ({
    permissions: identified(exchange).permissions,
    includeStopped: includeStopped ?? false,
  })

  const modelsFor = (users: readonly userStore.User[], exchange: Exchange, includeStopped: boolean | undefined) =>
    userModels(users, optionsFor(exchange, includeStopped), deps)

  const modelFor = async (
    user: userStore.User,
    exchange: Exchange,
    includeStopped: boolean | undefined,
  ): Promise<UserModel> => {
    const [model = {}] = await modelsFor([user], exchange, includeStopped)
    return withAuthState(user, model)
  }

  const withAuthState = async (user: userStore.User, model: UserModel): Promise<UserModel> =>
    'auth_state' in model ? { ...model, auth_state: await authStateOf(user) } : model

  /** As the authenticator spells it; who keeps an old name need not be able to get it today. */
  const newName = async (name: string | undefined, user: userStore.User): Promise<string | undefined> =>
    name === undefined || name === user.name ? undefined : (await normalizedUsernames(deps.authenticator, [name]))[0]

  const authStateOf = async (user: userStore.User) => {
    const state = await deps.authState(user.id)
    return state === null ? null : { ...state }
  }

  return [
    route(listUsers, async ({ query, exchange }) => {
      const visible = listFilter(identified(exchange).permissions, 'list:users', ['user', 'group'])
      if (visible.show === 'nothing')
        throw forbidden(
          'Users can be listed with list:users, or with its !user= and !group= filters only.',
          'insufficient_scope',
        )
      const window = pageWindow(query, exchange.facts, deps.pages)
      if (query.sort?.endsWith('last_activity') || query.idle_since !== undefined) await deps.flushActivity()
      const { profiles, total } = await listPage(database.read, {
        state: query.state,
        nameFilter: query.name_filter,
        group: query.group,
        admin: query.admin,
        idleSince: query.idle_since,
        sort: orderOf(query.sort),
        visible:
          visible.show === 'all'
            ? undefined
            : { userNames: [...visible.names.user], groupNames: [...visible.names.group] },
        offset: window.offset,
        limit: window.limit,
        counted: window.isPaged,
      })
      const options = optionsFor(exchange, query.include_stopped_servers)
      const models = profiles
        .map((profile) => userModel(profile, options, deps))
        .filter((model) => model.kind !== undefined)
      return {
        status: 200,
        body: window.isPaged ? { items: models, _pagination: pageInfo(window, total, exchange.facts) } : models,
      }
    }),

    route(createUsers, async ({ body, query, exchange }) => {
      assertMayMakeAdmin(exchange, body.admin)
      const names = await normalizedUsernames(deps.authenticator, body.usernames)
      const existing = new Set((await userStore.findByNames(database.read, names)).map((user) => user.name))
      const missing = names.filter((name) => !existing.has(name))
      if (missing.length === 0) throw conflict(`All ${names.length} users already exist`, 'user_exists')
      const created = await createManyUsers(missing, body.admin ?? false, deps)
      return { status: 201, body: await modelsFor(created, exchange, query.include_stopped_servers) }
    }),

    route(getUser, async ({ params, query, exchange }) => {
      const profile = await findProfileByName(database.read, params.user)
      if (profile === undefined) throw notFound()
      const model = userModel(profile, optionsFor(exchange, query.include_stopped_servers), deps)
      return { status: 200, body: await withAuthState(profile.user, model) }
    }),

    route(createUserEndpoint, async ({ params, body, query, exchange }) => {
      assertMayMakeAdmin(exchange, body?.admin)
      if (!deps.authenticator.validateUsername(params.user))
        throw badRequest(`Invalid username: ${params.user}`, 'username_invalid')
      const created = await createUser(deps, { name: params.user, admin: body?.admin ?? false })
      return { status: 201, body: await modelFor(created, exchange, query.include_stopped_servers) }
    }),

    route(updateUser, async ({ params, body, query, exchange }) => {
      const user = await requireUser(database, params.user)
      if (user.admin && !isAdmin(identified(exchange))) throw forbidden('Only admins can change admins.', 'admin_only')
      assertMayMakeAdmin(exchange, body.admin)
      const changed = await changeUser(user, { ...body, name: await newName(body.name, user) }, deps)
      const model = await modelFor(changed, exchange, query.include_stopped_servers)
      return { status: 200, body: { ...model, auth_state: await authStateOf(changed) } }
    }),

    route(deleteUserEndpoint, async ({ params, exchange }) => {
      const user = await requireUser(database, params.user)
      const visitor = identified(exchange)
      if (visitor.kind === 'user' && visitor.user.name === user.name)
        throw badRequest('Cannot delete yourself!', 'own_user')
      await deleteUser(user, deps)
      return { status: 204 }
    }),

    route(requestAdminAccess, async ({ params }) => {
      if (!deps.adminAccess) throw forbidden('admin access to user servers disabled', 'admin_access_off')
      await requireUser(database, params.user)
      return { status: 200 }
    }),
  ]
}

/** The scope to change users is not enough to make one more powerful than oneself. */
function assertMayMakeAdmin(exchange: Exchange, admin: boolean | undefined): void {
  if (admin === true && !isAdmin(identified(exchange)))
    throw forbidden('Only admins can grant admin permissions', 'admin_only')
}

const sortColumns: Readonly<Record<string, UserOrder['by']>> = {
  id: 'id',
  name: 'name',
  last_activity: 'lastActivity',
  created: 'created',
  admin: 'admin',
  started: 'started',
  servers: 'servers',
}

function orderOf(sort: UserSort | undefined): UserOrder | undefined {
  if (sort === undefined) return undefined
  return { by: sortColumns[sort.replace(/^-/, '')] ?? 'id', descending: sort.startsWith('-') }
}
