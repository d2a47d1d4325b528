import {
  addGroupUsers,
  createGroup,
  createGroups,
  deleteGroup,
  getGroup,
  type GroupModel,
  type JsonObject,
  listGroups,
  removeGroupUsers,
  setGroupProperties,
} from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import type { AccessVersion } from '../access/access-version.js'
import { listFilter } from '../access/has-scope.js'
import { type Database, DuplicateError, type Transaction } from '../database/index.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Exchange } from '../http/exchange.js'
import { identified } from '../http/handle.js'
import { badRequest, conflict, forbidden, notFound } from '../http/hub-error.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import * as userStore from '../users/user-store.js'
import { groupModels } from './group-model.js'
import * as groupStore from './group-store.js'

export interface GroupRoutesDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly authenticator: Pick<Authenticator, 'normalizeUsername'>
  readonly pages: PageLimits
}

/** The REST API of groups. */
export function groupRoutes(deps: GroupRoutesDeps): ApiRoute[] {
  const { database, access } = deps

  const modelOf = async (group: groupStore.Group, exchange: Exchange): Promise<GroupModel> => {
    const [model = {}] = await groupModels([group], identified(exchange).permissions, database)
    return model
  }

  /** Creates groups with the same members, all or none of them. */
  const create = async (names: readonly string[], users: readonly string[]): Promise<groupStore.Group[]> => {
    const unusable = names.find((name) => name.includes('\0'))
    if (unusable !== undefined) throw badRequest(`Invalid group name: ${unusable}`, 'group_name_invalid')
    const created = await database
      .write(async (tx) => {
        const members = await requireUsers(users, tx, deps)
        const groups = await groupStore.create(tx, names)
        for (const group of groups) await groupStore.addMembers(tx, group.id, members)
        return groups
      })
      .catch((error: unknown) => {
        if (error instanceof DuplicateError) throw conflict(`Group ${names.join(', ')} already exists`, 'group_exists')
        throw error
      })
    access.bump()
    return created
  }

  const changeMembers = async (name: string, users: readonly string[], change: typeof groupStore.addMembers) => {
    const group = await requireGroup(name, database)
    await database.write(async (tx) => change(tx, group.id, await requireUsers(users, tx, deps)))
    access.bump()
    return group
  }

  return [
    route(listGroups, async ({ query, exchange }) => {
      const { permissions } = identified(exchange)
      const visible = listFilter(permissions, 'list:groups', ['group'])
      if (visible.show === 'nothing') {
        throw forbidden('Groups can be listed with list:groups, or with its !group= filter only.', 'insufficient_scope')
      }
      const window = pageWindow(query, exchange.facts, deps.pages)
      const names = visible.show === 'all' ? undefined : [...visible.names.group]
      const { groups, total } = await groupStore.listPage(database.read, { names, ...window })
      const models = await groupModels(groups, permissions, database)
      return {
        status: 200,
        body: window.isPaged ? { items: models, _pagination: pageInfo(window, total, exchange.facts) } : models,
      }
    }),

    route(createGroups, async ({ body, exchange }) => {
      const created = await create(body.groups, body.users ?? [])
      return { status: 201, body: await groupModels(created, identified(exchange).permissions, database) }
    }),

    route(getGroup, async ({ params, exchange }) => ({
      status: 200,
      body: await modelOf(await requireGroup(params.group, database), exchange),
    })),

    route(createGroup, async ({ params, body, exchange }) => {
      const [created] = await create([params.group], body?.users ?? [])
      if (created === undefined) throw notFound()
      return { status: 201, body: await modelOf(created, exchange) }
    }),

    route(deleteGroup, async ({ params }) => {
      const group = await requireGroup(params.group, database)
      await database.write((tx) => groupStore.remove(tx, group.id))
      access.bump()
      return { status: 204 }
    }),

    route(addGroupUsers, async ({ params, body, exchange }) => {
      const group = await changeMembers(params.group, body.users, groupStore.addMembers)
      return { status: 200, body: await modelOf(group, exchange) }
    }),

    route(removeGroupUsers, async ({ params, body, exchange }) => {
      const group = await changeMembers(params.group, body.users, groupStore.removeMembers)
      return { status: 200, body: await modelOf(group, exchange) }
    }),

    route(setGroupProperties, async ({ params, body, exchange }) => {
      const group = await requireGroup(params.group, database)
      const properties = body as JsonObject // parsed from JSON
      await database.write((tx) => groupStore.setProperties(tx, group.id, properties))
      return { status: 200, body: await modelOf({ ...group, properties }, exchange) }
    }),
  ]
}

async function requireGroup(name: string, { read }: Database): Promise<groupStore.Group> {
  const group = await groupStore.findByName(read, name)
  if (group === undefined) throw notFound()
  return group
}

async function requireUsers(
  names: readonly string[],
  tx: Transaction,
  { authenticator }: GroupRoutesDeps,
): Promise<number[]> {
  const spelled: string[] = []
  for (const name of names) spelled.push(await authenticator.normalizeUsername(name))
  const users = await userStore.findByNames(tx, spelled)
  const missing = spelled.find((name) => !users.some((user) => user.name === name))
  if (missing !== undefined) throw badRequest(`No such user: ${missing}`, 'unknown_user')
  return users.map((user) => user.id)
}
