import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError, type Log } from '@hub/api/base'
import { parseRequestUrl } from '@hub/forward'
import { decodePath, hostOfKey, routeKey, type RouteKey } from './route-key.js'
import type { RouteData, RouteStore } from './route-store.js'
import type { TrafficStatistics } from './traffic-statistics.js'

export interface ApiOptions {
  readonly store: RouteStore
  /** Empty: everybody may change the routes. */
  readonly authToken: string
  readonly hostRouting: boolean
  readonly statistics: TrafficStatistics
  readonly log: Log
}

const prefix = '/api/routes'
/** Far more than any route has to say. */
const maxBodyBytes = 1024 * 1024

class ApiError extends CodedError {
  override readonly name = 'ApiError'
}

interface Answer {
  readonly status: number
  /** Text, or a value to send as JSON. */
  readonly text?: string
  readonly json?: unknown
}

/** The REST API that routes are read and changed by. */
export class RoutesApi {
  readonly #tokenDigest: Buffer

  constructor(private readonly options: ApiOptions) {
    this.#tokenDigest = digest(options.authToken)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { statistics, log } = this.options
    const path = parseRequestUrl(request.url ?? '/')?.path ?? '/'
    let answer: Answer
    try {
      answer = await this.#answer(request, path)
    } catch (error) {
      if (!(error instanceof ApiError)) log.error('API request failed', { error })
      answer =
        error instanceof ApiError
          ? { status: error.status, text: error.message }
          : { status: 500, text: 'Internal Server Error' }
    }
    if (response.destroyed) return
    statistics.countApi(answer.status)
    const line = `${answer.status} ${request.method ?? ''} ${path} ${answer.status >= 400 ? (answer.text ?? '') : ''}`
    if (answer.status < 400) log.info(line)
    else if (answer.status < 500) log.warn(line)
    else log.error(line)
    const body = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json)
    if (answer.json !== undefined) response.setHeader('Content-Type', 'application/json')
    // What is left of a body that was refused must not be read as the next request.
    if (!request.complete) response.setHeader('Connection', 'close')
    response.writeHead(answer.status, { 'Content-Length': Buffer.byteLength(body) })
    response.end(body)
  }

  async #answer(request: IncomingMessage, path: string): Promise<Answer> {
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return { status: 404, text: 'Not Found' }
    const method = request.method ?? ''
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE')
      return { status: 405, text: 'Method not supported' }
    if (!this.#isAuthorized(request)) return { status: 403 }
    const decoded = decodePath(path.slice(prefix.length))
    if (decoded === undefined)
      throw new ApiError('route_malformed', 400, 'The path of the route is not percent-encoded correctly.')
    const key = routeKey(decoded)
    switch (method) {
      case 'GET':
        return this.#get(key, decoded === '' || decoded === '/', request)
      case 'POST':
        return this.#add(key, await readBody(request))
      default:
        return this.#delete(key)
    }
  }

  async #get(key: RouteKey, isTable: boolean, request: IncomingMessage): Promise<Answer> {
    const { store, statistics } = this.options
    if (!isTable) {
      const route = await store.get(key)
      return route === undefined ? { status: 404 } : { status: 200, json: route }
    }
    const since = inactiveSince(request.url ?? '')
    const table = await store.list(since)
    statistics.countApiRoute('get')
    return { status: 200, json: table }
  }

  async #add(key: RouteKey, body: string): Promise<Answer> {
    const { store, statistics, hostRouting, log } = this.options
    const data = parseRoute(body)
    const host = hostRouting ? hostOfKey(key) : undefined
    log.info(`Adding route ${key} -> ${data.target}`)
    await store.add(key, host === undefined ? data : { ...data, host })
    log.info(`Route added ${key} -> ${data.target}`)
    statistics.countApiRoute('add')
    return { status: 201 }
  }

  async #delete(key: RouteKey): Promise<Answer> {
    const { store, statistics, log } = this.options
    statistics.countApiRoute('delete')
    log.info(`Removing route ${key}`)
    return (await store.remove(key)) ? { status: 204 } : { status: 404 }
  }

  /** The word `token`, blanks, the secret. Digests are compared, so that neither content nor length shows in the time. */
  #isAuthorized({ headers }: IncomingMessage): boolean {
    if (this.options.authToken === '') return true
    const shown = /token\s+(\S+)/.exec(headers.authorization ?? '')?.[1]
    return shown !== undefined && timingSafeEqual(digest(shown), this.#tokenDigest)
  }
}

function parseRoute(body: string): RouteData {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw new ApiError(
      'body_not_json',
      400,
      `Body not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  if (typeof value !== 'object' || value === null || !('target' in value) || typeof value.target !== 'string') {
    throw new ApiError('target_missing', 400, "Must specify 'target' as string")
  }
  const { last_activity: _ours, ...data } = value as RouteData // its target was just checked
  return data
}

function inactiveSince(url: string): Date | undefined {
  const queryAt = url.indexOf('?')
  if (queryAt === -1) return undefined
  const query = new URLSearchParams(url.slice(queryAt + 1))
  const text = query.get('inactiveSince') ?? query.get('inactive_since') ?? ''
  if (text === '') return undefined
  const stamp = new Date(text)
  if (Number.isNaN(stamp.getTime()))
    throw new ApiError('datestamp_malformed', 400, `Invalid datestamp '${text}' must be ISO8601.`)
  return stamp
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Kept open when it is too long, so that the client is told.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new ApiError('body_too_large', 413, `The body is larger than ${maxBodyBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
