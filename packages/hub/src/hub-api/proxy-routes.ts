import { getProxyRoutes, syncProxy, updateProxy } from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { badRequest } from '../http/hub-error.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import type { HubProxy } from '../proxy/hub-proxy.js'

export interface ProxyRoutesDeps {
  readonly proxy: Pick<HubProxy, 'routes' | 'checkRoutes' | 'moveTo'>
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

    route(updateProxy, async ({ body }) => {
      const { api_url: apiUrl, auth_token: authToken } = body
      if (apiUrl !== undefined && !isApiUrl(apiUrl)) {
        throw badRequest('api_url must be a http or https URL, or http+unix:// with a socket.', 'api_url_invalid')
      }
      proxy.moveTo({
        ...(apiUrl === undefined ? {} : { apiUrl: apiUrl.replace(/\/+$/, '') }),
        ...(authToken === undefined ? {} : { authToken }),
      })
      await proxy.checkRoutes(AbortSignal.timeout(timeoutMs))
      return { status: 200 }
    }),
  ]
}

const isApiUrl = (text: string): boolean => /^(https?|http\+unix|unix\+http):\/\/[^/]+/.test(text) && URL.canParse(text)
