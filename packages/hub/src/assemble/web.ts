import type { RequestListener } from 'node:http'
import { logRequest } from '../http/access-log.js'
import { ApiDispatcher, type ApiRoute } from '../http/api-dispatch.js'
import { Exchange } from '../http/exchange.js'
import { handleApi } from '../http/handle.js'
import type { PageRoute } from '../http/page.js'
import { empty, sendReply } from '../http/reply.js'
import { requestFacts } from '../http/request-facts.js'
import { setStandardHeaders } from '../http/standard-headers.js'
import { loginUrl } from '../login/login-routes.js'
import { handlerName } from '../metrics/handler-names.js'
import type { ObservedRequest } from '../metrics/hub-metrics.js'
import type { PanelFiles } from '../pages/admin-panel.js'
import type { HubPages } from '../pages/hub-pages.js'
import type { Foundation } from './foundation.js'
import { dataFiles, readExtraHandlers } from './hub-settings.js'
import type { Identity } from './identity.js'
import type { Sessions } from './login.js'
import { assemblePagesApp } from './pages-app.js'

export interface WebParts {
  readonly version: string
  readonly identity: Identity
  readonly sessions: Sessions
  readonly pages: HubPages
  readonly panel: PanelFiles | undefined
  readonly pageRoutes: readonly PageRoute[]
  readonly apiRoutes: readonly ApiRoute[]
  readonly observe: (request: ObservedRequest) => void
}

/**
 * The hub's web server. The REST API is dispatched by a table of its own, past Express: each request through that costs more
 * than most of the API's answers. Everything else is Express'.
 */
export function assembleWeb(foundation: Foundation, parts: WebParts): RequestListener {
  const { settings, log: hubLog } = foundation
  const { urls } = settings.addresses
  const log = hubLog.child({ module: 'web' })
  const { identity, sessions, pages } = parts
  const trusted = new Set(settings.hub.trusted_downstream_ips)
  const handleDeps = {
    dispatcher: new ApiDispatcher(parts.apiRoutes),
    authenticate: (exchange: Exchange) => sessions.authenticate(exchange, 'any'),
    authorize: identity.resolver.authorize,
    xsrf: sessions.xsrf,
    log,
  }
  const servePage = assemblePagesApp({
    authenticate: sessions.authenticate,
    xsrf: sessions.xsrf,
    loginUrl: (exchange) => loginUrl(exchange, { authenticator: identity.authenticator, urls }),
    renderError: (exchange, error) => pages.renderError(exchange, error),
    log,
    urls,
    routes: parts.pageRoutes,
    staticFiles: {
      ...(settings.hub.logo_file === '' ? {} : { logoFile: settings.hub.logo_file }),
      extraDirectories: dataFiles(settings.hub, 'static'),
      ...(parts.panel === undefined ? {} : { panelDirectory: parts.panel.directory }),
    },
    extraHandlers: readExtraHandlers(settings.hub),
  })

  const apiPrefix = `${urls.hubPrefix}api`
  const headers = { version: parts.version, hubPrefix: urls.hubPrefix, extra: settings.web.headers }
  // Pages that stand among the API's paths, such as the consent form, with whether they are for programs.
  const pagesAtApi = new Map(
    parts.pageRoutes.flatMap(({ paths, isForPrograms = false }) =>
      paths
        .filter((path) => path.startsWith('/api/'))
        .map((path) => [`${urls.hubPrefix.slice(0, -1)}${path}`, isForPrograms]),
    ),
  )
  const isRoot = (path: string): boolean => path === apiPrefix || path === `${apiPrefix}/`
  const isBelowApi = (path: string): boolean =>
    path.startsWith(apiPrefix) && (path.length === apiPrefix.length || path[apiPrefix.length] === '/')
  const placeOf = (path: string) =>
    isRoot(path) ? 'api root' : isBelowApi(path) && (pagesAtApi.get(path) ?? true) ? 'api' : 'page'
  return (request, response) => {
    const exchange = new Exchange(request, response, requestFacts(request, trusted))
    const { path, method } = exchange.facts
    const startedAt = performance.now()
    response.once('close', () => {
      const ms = performance.now() - startedAt
      logRequest(exchange, log, ms)
      parts.observe({
        method,
        handler: handlerName({ by: exchange.handledBy, path, hubPrefix: urls.hubPrefix }),
        status: response.statusCode,
        seconds: ms / 1_000,
      })
    })
    const isPageAtApi = pagesAtApi.has(path)
    setStandardHeaders(response, headers, placeOf(path))
    if (isPageAtApi && method === 'OPTIONS') void sendReply(response, empty(200))
    else if (isBelowApi(path) && !isPageAtApi) void handleApi(exchange, path.slice(apiPrefix.length), handleDeps)
    else servePage(exchange)
  }
}
