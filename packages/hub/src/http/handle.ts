import { type Endpoint, endpointFilter, hasJsonBody, type Log } from '@hub/api'
import type { ApiDispatcher, ApiRoute } from './api-dispatch.js'
import type { Authorize } from './authorize.js'
import type { Exchange } from './exchange.js'
import { badRequest, HubError, methodNotAllowed, notFound, publicError } from './hub-error.js'
import { empty, json, type Reply, sendReply } from './reply.js'
import type { Identified } from './visitor.js'
import type { XsrfGuard } from './xsrf-guard.js'

export interface HandleDeps {
  readonly dispatcher: ApiDispatcher
  /** Finds out who asks; sets `exchange.visitor`. */
  readonly authenticate: (exchange: Exchange) => Promise<void>
  readonly authorize: Authorize
  readonly xsrf: XsrfGuard
  readonly log: Log
}

/**
 * Answers a request to the REST API: authenticate → origin → scopes → parse → run → reply.
 *
 * @param path - raw path below the API prefix, beginning with `/` (the API root may be empty)
 */
export async function handleApi(exchange: Exchange, path: string, deps: HandleDeps): Promise<void> {
  const { response } = exchange
  response.setHeader('Content-Type', 'application/json')
  try {
    const reply = await answer(exchange, path === '' ? '/' : path, deps)
    await sendReply(response, reply)
  } catch (error) {
    await sendError(exchange, error, deps.log)
  }
}

async function answer(exchange: Exchange, path: string, deps: HandleDeps): Promise<Reply> {
  const { method } = exchange.facts
  const dispatched = deps.dispatcher.find(method, path)
  if (dispatched.found === 'nothing') throw notFound()
  exchange.handledBy = dispatched.name
  if (method === 'OPTIONS') return empty(200)
  if (dispatched.found === 'path') throw methodNotAllowed()
  const { route, params } = dispatched
  const { endpoint } = route
  if (endpoint.access !== 'public') await deps.authenticate(exchange)
  if (endpoint.xsrf === 'checked' && endpoint.access !== 'public') await deps.xsrf.check(exchange, 'api')
  await assertMayCall(exchange, endpoint, params, deps.authorize)
  const reply = await route.run({
    params,
    query: parseQuery(endpoint, exchange.facts.query),
    body: await parseBody(endpoint, exchange),
    exchange,
  })
  if ('stream' in reply) return reply
  return apiReply(route, reply)
}

async function assertMayCall(
  exchange: Exchange,
  endpoint: Endpoint,
  params: Readonly<Record<string, string>>,
  authorize: Authorize,
): Promise<void> {
  if (endpoint.access === 'public' || endpoint.access === 'handler') return
  if (exchange.visitor.kind === 'anonymous') throw missingCredentials()
  if (endpoint.access === 'caller') return
  const filter = endpointFilter(endpoint, params)
  switch (await authorize(exchange.visitor, endpoint.scopes, filter, endpoint.postFilter)) {
    case 'granted':
      return
    case 'hidden':
      throw notFound('No access to resources or resources not found')
    case 'forbidden':
      throw new HubError(
        'insufficient_scope',
        403,
        `Action is not authorized with current scopes; requires any of [${endpoint.scopes.join(', ')}]`,
      )
  }
}

export const missingCredentials = (): HubError =>
  new HubError('missing_credentials', 403, 'Missing or invalid credentials.')

/** Who made a request to an endpoint that is not for everybody. */
export function identified({ visitor }: Exchange): Identified {
  if (visitor.kind === 'anonymous') throw missingCredentials()
  return visitor
}

/** What an endpoint makes of a request without a query, which most are. */
const withoutQuery = new Map<Endpoint, unknown>()

function parseQuery(endpoint: Endpoint, query: URLSearchParams): unknown {
  if (query.size === 0) {
    if (!withoutQuery.has(endpoint)) withoutQuery.set(endpoint, parsed(endpoint.query, {}, 'query argument'))
    return withoutQuery.get(endpoint)
  }
  const values: Record<string, string> = Object.create(null) as Record<string, string> // no inherited names
  for (const [name, value] of query) values[name] = withoutEdges(value)
  return parsed(endpoint.query, values, 'query argument')
}

/** Control characters count as blanks, and blanks around a value are not part of it. */
// eslint-disable-next-line no-control-regex
const withoutEdges = (value: string): string => value.replace(/[\0-\x08\x0e-\x1f]/g, ' ').trim()

async function parseBody(endpoint: Endpoint, exchange: Exchange): Promise<unknown> {
  // What no endpoint asked for may be anything.
  if (exchange.facts.method === 'GET' || !hasJsonBody(endpoint)) return undefined
  return parsed(endpoint.body, await exchange.json(), 'body')
}

function parsed(schema: Endpoint['body'], value: unknown, what: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? what : `${what} ${issue.path.map(String).join('.')}`
  throw badRequest(`Invalid ${where}: ${issue?.message ?? 'not as documented'}`, 'invalid_request')
}

function apiReply(
  { endpoint }: ApiRoute,
  reply: { status: number; body?: unknown; headers?: Readonly<Record<string, string>> },
): Reply {
  const headers = reply.headers === undefined ? {} : { headers: reply.headers }
  if (reply.body !== undefined && reply.body !== null) return { status: reply.status, json: reply.body, ...headers }
  return empty(reply.status, { 'Content-Type': endpoint.contentType ?? 'application/json', ...reply.headers })
}

/** Answers with the error as JSON; what is no message for the client is logged and answered as a bare 500. */
async function sendError(exchange: Exchange, error: unknown, log: Log): Promise<void> {
  const { response, facts } = exchange
  const told = publicError(error)
  if (told.status >= 500) log.error('request failed', { method: facts.method, path: facts.path, error })
  if (response.headersSent) {
    response.destroy()
    return
  }
  for (const name of ['Content-Type', 'Content-Length', 'Cache-Control']) response.removeHeader(name)
  for (const [name, value] of Object.entries(told.headers)) response.setHeader(name, value)
  await sendReply(response, json({ status: told.status, message: told.message }, told.status))
}
