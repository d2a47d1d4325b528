import { getProxyRoutes, syncProxy } from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import type { HubProxy } from '../proxy/hub-proxy.js'

export interface ProxyRoutesDeps {
  readonly proxy: Pick<HubProxy, 'routes' | 'checkRoutes'>
  readonly pages: PageLimits
}

/** Longest wait for the proxy's API. */
const timeoutMs = 30_000

/** The REST API of the hub's routes in the proxy. */
export function proxyRoutes({ proxy, pages }: ProxyRoutesDeps): ApiRoute[] {
  return [
    route(getProxyRoutes, async ({ query, exchange }) => {
      const all = [...(await proxy.routes(AbortSignal.timeout(timeoutMs)))].sort(([a], [b]) => (a < b ? -1 : 1))
      const window = pageWindow(query, exchange.facts, pages)
      const shown = all.slice(window.offset, window.offset + window.limit)
      const items = Object.fromEntries(
        shown.map(([spec, { target, jupyterhub: _ours, ...data }]) => [spec, { routespec: spec, target, data }]),
      )
      return {
        status: 200,
        body: window.isPaged ? { items, _pagination: pageInfo(window, all.length, exchange.facts) } : items,
      }
    }),

    route(syncProxy, async () => {
      await proxy.checkRoutes(AbortSignal.timeout(timeoutMs))
      return { status: 200 }
    }),
  ]
}
