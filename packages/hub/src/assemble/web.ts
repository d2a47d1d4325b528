import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Express, type Request, type Response, Router } from 'express'
import { logRequest } from '../http/access-log.js'
import { ApiDispatcher, type ApiRoute } from '../http/api-dispatch.js'
import { Exchange } from '../http/exchange.js'
import { handleApi } from '../http/handle.js'
import { leadIntoHub } from '../http/outside-hub.js'
import { mountPage, type PageDeps, type PageRoute, sendErrorPage, unknownPage } from '../http/page.js'
import { requestFacts } from '../http/request-facts.js'
import { setStandardHeaders } from '../http/standard-headers.js'
import { loginUrl } from '../login/login-routes.js'
import { handlerName } from '../metrics/handler-names.js'
import type { ObservedRequest } from '../metrics/hub-metrics.js'
import type { HubPages } from '../pages/hub-pages.js'
import { staticFiles } from '../pages/static-files.js'
import type { Foundation } from './foundation.js'
import type { Identity } from './identity.js'
import type { Sessions } from './login.js'

export interface WebParts {
  readonly version: string
  readonly identity: Identity
  readonly sessions: Sessions
  readonly pages: HubPages
  readonly pageRoutes: readonly PageRoute[]
  readonly apiRoutes: readonly ApiRoute[]
  readonly observe: (request: ObservedRequest) => void
}

/** The hub's web server: pages, REST API and static files below the hub's prefix, and a way in from everywhere else. */
export function assembleWeb(foundation: Foundation, parts: WebParts): Express {
  const { settings, log: hubLog } = foundation
  const { urls } = settings.addresses
  const log = hubLog.child({ module: 'web' })
  const { identity, sessions, pages } = parts
  const trusted = new Set(settings.hub.trusted_downstream_ips)
  const exchanges = new WeakMap<IncomingMessage, Exchange>()
  // One exchange a request, whichever part of the application asks for it first.
  const exchangeOf = (request: IncomingMessage, response: ServerResponse): Exchange => {
    const known = exchanges.get(request)
    if (known !== undefined) return known
    const exchange = new Exchange(request, response, requestFacts(request, trusted))
    exchanges.set(request, exchange)
    return exchange
  }
  const pageDeps: PageDeps = {
    authenticate: sessions.authenticate,
    xsrf: sessions.xsrf,
    loginUrl: (exchange) => loginUrl(exchange, { authenticator: identity.authenticator, urls }),
    renderError: (exchange, error) => pages.renderError(exchange, error),
    exchangeOf,
    log,
  }
  const handleDeps = {
    dispatcher: new ApiDispatcher(parts.apiRoutes),
    authenticate: (exchange: Exchange) => sessions.authenticate(exchange, 'any'),
    authorize: identity.resolver.authorize,
    xsrf: sessions.xsrf,
    log,
  }

  const apiPrefix = `${urls.hubPrefix}api`
  const headers = { version: parts.version, hubPrefix: urls.hubPrefix, extra: settings.web.headers }
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use((request, response, next) => {
    const exchange = exchangeOf(request, response)
    const startedAt = performance.now()
    logRequest(exchange, log, startedAt, () => performance.now())
    response.once('close', () => {
      parts.observe({
        method: exchange.facts.method,
        handler: handlerName({ by: exchange.handledBy, path: exchange.facts.path, hubPrefix: urls.hubPrefix }),
        status: response.statusCode,
        seconds: (performance.now() - startedAt) / 1_000,
      })
    })
    const { path } = exchange.facts
    setStandardHeaders(response, headers, path === apiPrefix || path.startsWith(`${apiPrefix}/`))
    next()
  })

  // The API is dispatched by itself: a path is looked up in a table, not tried against one route after another.
  const formPaths = new Set(parts.pageRoutes.flatMap((route) => route.paths).filter((path) => path.startsWith('/api/')))
  app.use((request, response, next) => {
    const { path } = exchangeOf(request, response).facts
    if (path !== apiPrefix && !path.startsWith(`${apiPrefix}/`)) next()
    else if (formPaths.has(path.slice(urls.hubPrefix.length - 1)) && request.method !== 'OPTIONS') next()
    else void handleApi(exchangeOf(request, response), path.slice(apiPrefix.length), handleDeps)
  })

  const router = Router({ strict: true, caseSensitive: true })
  for (const route of parts.pageRoutes) mountPage(router, route, pageDeps)
  router.use(staticFiles(settings.hub.logo_file === '' ? {} : { logoFile: settings.hub.logo_file }))
  app.use(urls.hubPrefix, router)

  app.use(async (request: Request, response: Response) => {
    const exchange = exchangeOf(request, response)
    if (!exchange.facts.path.startsWith(urls.hubPrefix)) {
      await leadIntoHub(request, response, urls)
      return
    }
    await sessions.authenticate(exchange, 'cookie').catch(() => undefined)
    try {
      unknownPage()
    } catch (error) {
      await sendErrorPage(exchange, error, pageDeps)
    }
  })
  app.use((error: unknown, request: Request, response: Response, _next: unknown) => {
    void sendErrorPage(exchangeOf(request, response), error, pageDeps)
  })
  return app
}
