import { type HubUrls, serverRoutespec } from '../hub-urls.js'
import type { Database } from '../database/index.js'
import { baseUrlOf } from '../servers/server-address.js'
import * as serverStore from '../servers/server-store.js'
import type { Route, WantedRoutes } from './route-check.js'
import { visibleRoute } from './server-route.js'

export interface WantedRoutesDeps {
  readonly database: Database
  readonly urls: HubUrls
  /** Routes of the hub itself, of services and of `Proxy.extra_routes`. */
  readonly fixed: () => readonly Route[] | Promise<readonly Route[]>
}

/** The routes that the proxy should have, by what the database says of the servers. */
export async function wantedRoutes({ database, urls, fixed }: WantedRoutesDeps): Promise<WantedRoutes> {
  const routes = new Map<string, Route>()
  const inTransit = new Set<string>()
  for (const record of await serverStore.listUnfinished(database.read)) {
    const spec = serverRoutespec(urls, record.userName, record.name)
    const { phase } = record.life
    if (phase === 'starting') inTransit.add(spec)
    if (phase !== 'ready' && phase !== 'unknown') continue
    const { address } = record
    if (address === null || address.port === null) continue
    const target = baseUrlOf({ proto: address.proto, ip: address.ip, port: address.port })
    routes.set(spec, visibleRoute(record.userName, record.name, spec, target))
  }
  for (const route of await fixed()) routes.set(route.spec, route)
  return { routes, inTransit }
}
