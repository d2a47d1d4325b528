import type { IncomingMessage } from 'node:http'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Exchange } from '../http/exchange.js'
import { leadIntoHub } from '../http/outside-hub.js'
import { mountPage, type PageDeps, type PageRoute, refuseMethod, sendErrorPage, unknownPage } from '../http/page.js'
import type { HubUrls } from '../hub-urls.js'
import { staticFiles, type StaticFilesSettings } from '../pages/static-files.js'

export interface PagesAppOptions extends Omit<PageDeps, 'exchangeOf'> {
  readonly urls: HubUrls
  readonly routes: readonly PageRoute[]
  readonly staticFiles: StaticFilesSettings
  /** Of the administrator's own, by their path below the hub's prefix; they come after the hub's pages. */
  readonly extraHandlers: readonly (readonly [path: string, handler: RequestHandler])[]
}

/** Everything but the REST API: pages and static files below the hub's prefix, and a way in from everywhere else. */
export function assemblePagesApp(options: PagesAppOptions): (exchange: Exchange) => void {
  const { urls, routes, authenticate } = options
  const exchanges = new WeakMap<IncomingMessage, Exchange>()
  const exchangeOf = (request: IncomingMessage): Exchange => {
    const exchange = exchanges.get(request)
    if (exchange === undefined) throw new Error('A request reached the pages past their entrance.')
    return exchange
  }
  const deps: PageDeps = { ...options, exchangeOf }

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const router = Router({ strict: true, caseSensitive: true })
  // A form that is fetched with HEAD would be half submitted: among the API's paths only probes may come that way.
  for (const path of strictPaths(routes)) router.head(path, (request) => refuseMethod(exchangeOf(request), deps))
  for (const route of routes) mountPage(router, route, deps)
  for (const [path, handler] of options.extraHandlers) router.use(path, handler)
  const firstPath = new Map(routes.flatMap(({ paths }) => paths.map((path) => [path, paths[0]])))
  for (const path of firstPath.keys()) {
    router.all(path, (request) => {
      const exchange = exchangeOf(request)
      exchange.handledBy = firstPath.get(path)
      return refuseMethod(exchange, deps)
    })
  }
  router.use(staticFiles(options.staticFiles))
  app.use((request, response, next) => {
    // To Express the prefix without its slash is the same path.
    if (`${exchangeOf(request).facts.path}/` !== urls.hubPrefix) next()
    else void leadIntoHub(request, response, urls)
  })
  app.use(urls.hubPrefix, router)
  app.use(async (request: Request, response: Response) => {
    const exchange = exchangeOf(request)
    if (!exchange.facts.path.startsWith(urls.hubPrefix)) {
      await leadIntoHub(request, response, urls)
      return
    }
    await authenticate(exchange, 'cookie').catch(() => undefined)
    try {
      unknownPage()
    } catch (error) {
      await sendErrorPage(exchange, error, deps)
    }
  })
  app.use((error: unknown, request: Request, _response: Response, _next: unknown) => {
    void sendErrorPage(exchangeOf(request), error, deps)
  })

  return (exchange) => {
    exchanges.set(exchange.request, exchange)
    app(exchange.request, exchange.response)
  }
}

const strictPaths = (routes: readonly PageRoute[]): readonly string[] =>
  routes
    .filter(({ visitor, isForPrograms }) => visitor !== 'nobody' && isForPrograms !== true)
    .flatMap(({ paths }) => paths.filter((path) => path.startsWith('/api/')))
