import { createServer, getServer, type JsonObject, startServer, stopServer, updateServer } from '@hub/api'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { AccessVersion } from '../access/access-version.js'
import { coversObject } from '../access/has-scope.js'
import type { Database, Sql } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Exchange } from '../http/exchange.js'
import { identified } from '../http/handle.js'
import { badRequest, conflict, notFound } from '../http/hub-error.js'
import { visitorName } from '../http/visitor.js'
import { admitNamedServer, type NamedServerSettings } from './admission.js'
import { createServerRow, findServer, requireUser } from './find-server.js'
import { removeServer } from './remove.js'
import { renameServer } from './rename.js'
import { checkDisplayName } from './server-name.js'
import { serverModel, type ServerModelDeps } from './server-model.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'
import { within } from './within.js'

export interface ServerRoutesDeps extends ServerModelDeps {
  readonly database: Database
  readonly servers: Servers
  readonly access: AccessVersion
  readonly activity: Pick<ActivityRecorder, 'latest' | 'forget'>
  readonly named: NamedServerSettings
  /** How long a request waits for a start before it is answered with 202, in seconds. */
  readonly slowSpawnSeconds: number
  readonly slowStopSeconds: number
}

/** The REST API of servers. */
export function serverRoutes(deps: ServerRoutesDeps): ApiRoute[] {
  const { database, servers } = deps

  const modelFor = async (record: serverStore.ServerRecord, exchange: Exchange) => {
    const groups = (await groupStore.groupsOf(database.read, [record.userId])).get(record.userId) ?? []
    const object = { kind: 'server', user: record.userName, name: record.name, groups: new Set(groups) } as const
    return serverModel(record, coversObject(identified(exchange).permissions, 'admin:server_state', object), deps)
  }

  return [
    route(getServer, async ({ params, exchange }) => {
      const user = await requireUser(database, params.user)
      const record = await findServer(database, user, params.server)
      if (record === undefined) throw notFound()
      return { status: 200, body: await modelFor(record, exchange) }
    }),

    route(createServer, async ({ params, body, exchange }) => {
      const user = await requireUser(database, params.user)
      if (params.server === '') throw conflict('The default server exists already.', 'server_exists')
      const exists = (): Error => conflict(`${user.name} has a server ${params.server} already.`, 'server_exists')
      if ((await serverStore.find(database.read, user.id, params.server)) !== undefined) throw exists()
      const admit = (sql: Sql): Promise<void> =>
        admitNamedServer({ user, serverName: params.server, exists: false, checkLimit: true }, deps.named, sql)
      await admit(database.read)
      const displayName = checkDisplayName(body.display_name || params.server)
      const userOptions = body.user_options as JsonObject | null // parsed from JSON
      const made = await createServerRow(database, { user, name: params.server, displayName, userOptions, admit })
      if (!made.isNew) throw exists()
      return { status: 201, body: await modelFor(made.record, exchange) }
    }),

    route(startServer, async ({ params, body, exchange }) => {
      const name = params.server
      const found = await serverStore.findByOwnerName(database.read, params.user, name)
      const user =
        found === undefined ? await requireUser(database, params.user) : { id: found.userId, name: found.userName }
      const admit = (sql: Sql): Promise<void> =>
        admitNamedServer({ user, serverName: name, exists: found !== undefined, checkLimit: true }, deps.named, sql)
      await admit(database.read)
      // An empty one is none, as upstream has it.
      const displayName = body.display_name ? checkDisplayName(body.display_name) : undefined
      const record =
        found ?? (await createServerRow(database, { user, name, displayName: displayName ?? name, admit })).record
      const wasStarting = servers.pendingOf(record) === 'spawn'
      const { done } = await servers.start(record, {
        userOptions: body.user_options as JsonObject | null, // parsed from JSON
        actor: actorOf(exchange),
        query: queryOf(exchange),
        ...(displayName === undefined ? {} : { displayName }),
      })
      if (wasStarting) return { status: 202 }
      return { status: (await within(deps.slowSpawnSeconds, done)) === 'done' ? 201 : 202 }
    }),

    route(updateServer, async ({ params, body, exchange }) => {
      const user = await requireUser(database, params.user)
      const record = await renameServer({ user, serverName: params.server, change: body }, deps)
      return { status: 200, body: await modelFor(record, exchange) }
    }),

    route(stopServer, async ({ params, body, exchange }) => {
      const record = await serverStore.findByOwnerName(database.read, params.user, params.server)
      if (record === undefined) await requireUser(database, params.user)
      if (params.server === '' && body.remove)
        throw badRequest('The default server cannot be removed.', 'default_server')
      if (params.server !== '' && !deps.named.allowNamedServers)
        throw badRequest('Named servers are not enabled.', 'named_servers_off')
      if (record === undefined) {
        if (params.server === '') return { status: 204 }
        throw notFound(`${params.user} has no server ${params.server}`)
      }
      const { done } = await servers.stop(record, { actor: actorOf(exchange), reason: 'asked for over the API' })
      const removed = body.remove ? done.then(() => removeServer(record, deps)) : done
      return { status: (await within(deps.slowStopSeconds, removed)) === 'done' ? 204 : 202 }
    }),
  ]
}

/** Who is noted as having started or stopped a server. */
export function actorOf(exchange: Exchange): string {
  const { visitor } = exchange
  return visitor.kind === 'user' ? `user:${visitor.user.name}` : visitorName(visitor).replace(' ', ':')
}

function queryOf(exchange: Exchange): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const name of new Set(exchange.facts.query.keys())) query[name] = exchange.facts.query.getAll(name)
  return query
}
