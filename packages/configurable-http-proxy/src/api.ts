import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError, type Log } from '@hub/api/base'
import { parseRequestUrl, requestDefect, withoutCredentials } from '@hub/forward'
import { decodePath, hostOfKey, routeKey, type RouteKey } from './route-key.js'
import type { MaybePromise, RouteData, RouteStore } from './route-store.js'
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
const healthPath = '/api/health'
/** Far more than any route has to say. */
const maxBodyBytes = 1024 * 1024
/** What is read can be deeper than what can be written: one such route, and the table could not be listed any more. */
const deepestData = 100

class ApiError extends CodedError {
  override readonly name = 'ApiError'
}

/** One request to the API, however it was read. */
export interface ApiRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
  /** @throws when it is too long */
  readonly body: () => MaybePromise<string>
}

export interface ApiAnswer {
  readonly status: number
  readonly body: string
  readonly isJson: boolean
}

const answerOf = (status: number, body = ''): ApiAnswer => ({ status, body, isJson: false })
const jsonOf = (status: number, value: unknown): ApiAnswer => ({ status, body: JSON.stringify(value), isJson: true })

/** The REST API that routes are read and changed by. */
export class RoutesApi {
  readonly #tokenDigest: Buffer

  constructor(private readonly options: ApiOptions) {
    this.#tokenDigest = digest(options.authToken)
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    if (requestDefect(request) !== undefined) {
      response.writeHead(400, { Connection: 'close', 'Content-Length': 0 }).end()
      return
    }
    const asked: ApiRequest = {
      method: request.method ?? '',
      url: request.url ?? '/',
      authorization: request.headers.authorization,
      body: () => readBody(request),
    }
    const send = ({ status, body, isJson }: ApiAnswer): void => {
      if (response.destroyed) return
      if (isJson) response.setHeader('Content-Type', 'application/json')
      // What is left of a body that was refused must not be read as the next request.
      if (!request.complete && hasBody(request)) response.setHeader('Connection', 'close')
      response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) })
      response.end(body)
    }
    const answer = this.answer(asked)
    if (answer instanceof Promise) void answer.then(send)
    else send(answer)
  }

  /** Never rejects. At once where the table is in memory and the body is there. */
  answer(request: ApiRequest): MaybePromise<ApiAnswer> {
    const path = parseRequestUrl(request.url)?.path ?? '/'
    try {
      const answer = this.#answer(request, path)
      if (!(answer instanceof Promise)) return this.#noted(request, path, answer)
      return answer.then(
        (each) => this.#noted(request, path, each),
        (error: unknown) => this.#noted(request, path, this.#failed(error)),
      )
    } catch (error) {
      return this.#noted(request, path, this.#failed(error))
    }
  }

  #failed(error: unknown): ApiAnswer {
    if (error instanceof CodedError && error.status !== 500) return answerOf(error.status, error.message)
    this.options.log.error('API request failed', { error })
    return answerOf(500, 'Internal Server Error')
  }

  #noted({ method }: ApiRequest, path: string, answer: ApiAnswer): ApiAnswer {
    const { statistics, log } = this.options
    const { status, body, isJson } = answer
    statistics.countApi(status)
    const line = `${status} ${method} ${path} ${status >= 400 && !isJson ? body : ''}`
    if (status < 400) log.info(line)
    else if (status < 500) log.warn(line)
    else log.error(line)
    return answer
  }

  #answer(request: ApiRequest, path: string): MaybePromise<ApiAnswer> {
    const { method } = request
    if (path === healthPath && (method === 'GET' || method === 'HEAD')) return this.#health()
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return answerOf(404, 'Not Found')
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return answerOf(405, 'Method not supported')
    if (!this.#isAuthorized(request)) return answerOf(403)
    const decoded = decodePath(path.slice(prefix.length))
    if (decoded === undefined)
      throw new ApiError('route_malformed', 400, 'The path of the route is not percent-encoded correctly.')
    const key = routeKey(decoded)
    if (method === 'DELETE') return this.#delete(key)
    if (method === 'GET') return this.#get(key, decoded === '' || decoded === '/', request.url)
    const body = request.body()
    return body instanceof Promise ? body.then((text) => this.#add(key, text)) : this.#add(key, body)
  }

  /** Whether the table can be changed; without a token, so it tells no more than that. */
  #health(): ApiAnswer {
    const { trouble } = this.options.store
    return trouble === undefined ? jsonOf(200, { status: 'OK' }) : jsonOf(503, { status: 'degraded', reason: trouble })
  }

  #get(key: RouteKey, isTable: boolean, url: string): MaybePromise<ApiAnswer> {
    const { store, statistics } = this.options
    if (!isTable) {
      return then(store.get(key), (route) => (route === undefined ? answerOf(404) : jsonOf(200, route)))
    }
    return then(store.list(inactiveSince(url)), (table) => {
      statistics.countApiRoute('get')
      return jsonOf(200, table)
    })
  }

  #add(key: RouteKey, body: string): MaybePromise<ApiAnswer> {
    const { store, statistics, hostRouting, log } = this.options
    const data = parseRoute(body)
    const host = hostRouting ? hostOfKey(key) : undefined
    const target = withoutCredentials(data.target)
    log.info(`Adding route ${key} -> ${target}`)
    return then(store.add(key, host === undefined ? data : { ...data, host }), () => {
      log.info(`Route added ${key} -> ${target}`)
      statistics.countApiRoute('add')
      return answerOf(201)
    })
  }

  #delete(key: RouteKey): MaybePromise<ApiAnswer> {
    const { store, statistics, log } = this.options
    statistics.countApiRoute('delete')
    return then(store.remove(key), (was) => {
      if (was) log.info(`Removing route ${key}`)
      return answerOf(was ? 204 : 404)
    })
  }

  /** The word `token`, blanks, the secret. Digests are compared, so that neither content nor length shows in the time. */
  #isAuthorized({ authorization }: ApiRequest): boolean {
    if (this.options.authToken === '') return true
    const shown = /token\s+(\S+)/.exec(authorization ?? '')?.[1]
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
  if (body.length > deepestData && isDeeperThan(value, deepestData))
    throw new ApiError('route_too_deep', 400, `The data of a route may be nested ${deepestData} levels deep at most.`)
  const { last_activity: _ours, ...data } = value as RouteData // its target was just checked
  return data
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(each, levels - 1))
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

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** By events: an iterator over a stream costs as much as the rest of the request. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = (): void => void request.off('data', onData).off('end', onEnd).off('close', onClose).pause()
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBodyBytes) return
      // The connection stays open, so that the client is told.
      stop()
      reject(new ApiError('body_too_large', 413, `The body is larger than ${maxBodyBytes} bytes.`))
    }
    const onEnd = (): void => {
      stop()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    const onClose = (): void => reject(new ApiError('body_cut', 400, 'The connection was closed within the body.'))
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

function then<T, R>(value: MaybePromise<T>, next: (value: T) => R): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
