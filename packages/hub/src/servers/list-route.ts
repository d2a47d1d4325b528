import { formatTimestamp, type ListedServer, listServers } from '@hub/api'
import { type AccessObject, coversObject, listFilter } from '../access/has-scope.js'
import type { Permissions } from '../access/permissions.js'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { identified } from '../http/handle.js'
import { forbidden } from '../http/hub-error.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import { listServerPage, type ServerOrder } from './server-list-store.js'
import { serverModel, type ServerModelDeps } from './server-model.js'
import type { Servers } from './servers.js'
import type { ServerRecord } from './server-store.js'

export interface ServerListDeps extends ServerModelDeps {
  readonly servers: Pick<Servers, 'pendingOf' | 'isReady' | 'live'>
  readonly database: Database
  readonly pages: PageLimits
  readonly flushActivity: () => Promise<void>
}

/** Servers of all users: what runs, what is on its way, what failed. */
export function serverListRoute(deps: ServerListDeps): ApiRoute {
  const { read } = deps.database
  return route(listServers, async ({ query, exchange }) => {
    const { permissions } = identified(exchange)
    const visible = listFilter(permissions, 'read:servers', ['user', 'group', 'server'])
    if (visible.show === 'nothing') {
      throw forbidden(
        'Servers can be listed with read:servers, or with its !user=, !group= and !server= filters only.',
        'insufficient_scope',
      )
    }
    const window = pageWindow(query, exchange.facts, deps.pages)
    if (query.sort?.endsWith('last_activity') || query.idle_since !== undefined) await deps.flushActivity()
    const { records, total } = await listServerPage(read, {
      state: query.state,
      userName: query.user,
      nameFilter: query.name_filter,
      idleSince: query.idle_since,
      sort: orderOf(query.sort),
      visible:
        visible.show === 'all'
          ? undefined
          : {
              userNames: [...visible.names.user],
              groupNames: [...visible.names.group],
              fullNames: [...visible.names.server],
            },
      offset: window.offset,
      limit: window.limit,
    })
    const groups = await groupStore.groupsOf(read, [...new Set(records.map((record) => record.userId))])
    const items = records.map((record) =>
      listedServer(record, new Set(groups.get(record.userId) ?? []), permissions, deps),
    )
    return { status: 200, body: { items, _pagination: pageInfo(window, total, exchange.facts) } }
  })
}

/** What went wrong may tell of the machine; it is shown to those who may see the state of the server. */
function listedServer(
  record: ServerRecord,
  groups: ReadonlySet<string>,
  permissions: Permissions,
  deps: ServerListDeps,
): ListedServer {
  const object: AccessObject = { kind: 'server', user: record.userName, name: record.name, groups }
  const withState = coversObject(permissions, 'admin:server_state', object)
  const { phase, since, reason, failure } = record.life
  return {
    ...serverModel(record, withState, deps),
    user: record.userName,
    phase,
    since: formatTimestamp(since),
    waits_for: deps.servers.live.get(record.id)?.waitsFor ?? null,
    ...(withState ? { reason, failure } : {}),
  }
}

function orderOf(sort: string | undefined): ServerOrder | undefined {
  if (sort === undefined) return undefined
  const name = sort.replace(/^-/, '')
  const by = name === 'last_activity' ? 'lastActivity' : name === 'user' || name === 'since' ? name : 'id'
  return { by, descending: sort.startsWith('-') }
}
