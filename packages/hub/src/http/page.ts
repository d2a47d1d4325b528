import type { Request, Response, Router } from 'express'
import type { Log } from '@hub/api'
import type { Exchange } from './exchange.js'
import { forbidden, methodNotAllowed, notFound, publicError, type PublicError } from './hub-error.js'
import { type Reply, sendReply } from './reply.js'
import type { UserVisitor, Visitor } from './visitor.js'
import type { XsrfGuard } from './xsrf-guard.js'

export interface PageCall<V extends Visitor = Visitor> {
  /** Decoded parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly visitor: V
  readonly exchange: Exchange
}

interface RouteBase {
  readonly methods: readonly ('get' | 'post' | 'put' | 'patch' | 'delete')[]
  /** Express paths below the hub's prefix. */
  readonly paths: readonly string[]
  /** Answers programs with JSON, as the rest of the REST API does. */
  readonly isForPrograms?: true
  /** Forms prove their origin unless the route says that it sees to it. */
  readonly xsrf?: 'checked' | 'by-route'
}

/** A page for people: a browser with a login cookie, and nothing else. */
export interface UserPage extends RouteBase {
  readonly visitor: 'user'
  readonly run: (call: PageCall<UserVisitor>) => Promise<Reply>
}

/** A page that everybody gets. With `credentials: 'any'`, a token in the header counts too. */
export interface OpenPage extends RouteBase {
  readonly visitor: 'anyone'
  readonly credentials?: 'cookie' | 'any'
  readonly run: (call: PageCall) => Promise<Reply>
}

/** An answer for programs that does not depend on who asks. */
export interface PublicPage extends RouteBase {
  readonly visitor: 'nobody'
  readonly run: (call: PageCall) => Promise<Reply>
}

export type PageRoute = UserPage | OpenPage | PublicPage

export interface PageDeps {
  /** Finds out who asks, by cookie only or by any credential; sets `exchange.visitor`. */
  readonly authenticate: (exchange: Exchange, credentials: 'cookie' | 'any') => Promise<void>
  readonly xsrf: XsrfGuard
  /** Where somebody who is not logged in is sent, with the page they wanted as `next`. */
  readonly loginUrl: (exchange: Exchange) => string
  readonly renderError: (exchange: Exchange, error: PublicError) => Promise<string>
  readonly exchangeOf: (request: Request, response: Response) => Exchange
  readonly log: Log
}

/** Puts a page under the router: authenticate → origin → run → reply; errors become error pages. */
export function mountPage(router: Router, route: PageRoute, deps: PageDeps): void {
  for (const method of route.methods) {
    router[method]([...route.paths], async (request: Request, response: Response) => {
      const exchange = deps.exchangeOf(request, response)
      exchange.handledBy = route.paths[0]
      try {
        await sendReply(response, await answer(exchange, paramsOf(request), route, deps))
      } catch (error) {
        await sendErrorPage(exchange, error, deps)
      }
    })
  }
}

async function answer(
  exchange: Exchange,
  params: Readonly<Record<string, string>>,
  route: PageRoute,
  deps: PageDeps,
): Promise<Reply> {
  if (route.visitor === 'nobody') return route.run({ params, visitor: exchange.visitor, exchange })
  await deps.authenticate(exchange, route.visitor === 'anyone' ? (route.credentials ?? 'cookie') : 'cookie')
  if (route.visitor === 'user') {
    const { visitor } = exchange
    if (visitor.kind !== 'user') {
      if (exchange.facts.method !== 'GET' && exchange.facts.method !== 'HEAD')
        throw forbidden('Log in first, then send the form again.', 'not_logged_in')
      return { redirect: deps.loginUrl(exchange) }
    }
    if (route.xsrf !== 'by-route') await deps.xsrf.check(exchange, 'page')
    return route.run({ params, visitor, exchange })
  }
  if (route.xsrf !== 'by-route') await deps.xsrf.check(exchange, 'page')
  return route.run({ params, visitor: exchange.visitor, exchange })
}

/** Wildcards arrive as lists of segments. */
function paramsOf(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  )
}

export async function sendErrorPage(
  exchange: Exchange,
  error: unknown,
  deps: Pick<PageDeps, 'renderError' | 'log'>,
): Promise<void> {
  const { response, facts } = exchange
  const told = publicError(error)
  if (told.status >= 500) deps.log.error('page failed', { method: facts.method, path: facts.path, error })
  if (response.headersSent) {
    response.destroy()
    return
  }
  for (const name of ['Content-Type', 'Content-Length', 'Cache-Control']) response.removeHeader(name)
  for (const [name, value] of Object.entries(told.headers)) response.setHeader(name, value)
  const html = await deps.renderError(exchange, told)
  await sendReply(response, { status: told.status, html })
}

/** Answers a request for a page by a method that it does not have. */
export async function refuseMethod(exchange: Exchange, deps: Pick<PageDeps, 'renderError' | 'log'>): Promise<void> {
  await sendErrorPage(exchange, methodNotAllowed(), deps)
}

/** The answer to a page path that nothing is mounted at. */
export const unknownPage = (): never => {
  throw notFound()
}
