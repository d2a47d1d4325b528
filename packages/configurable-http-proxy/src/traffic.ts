import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '@hub/api/base'
import type { LogLevel } from '@hub/daemon'
import {
  type ExchangeObserver,
  type ForwardError,
  type Forwarder,
  joinTargetUrl,
  onceClosed,
  parseRequestUrl,
  refuseUpgrade,
  requestDefect,
  type RequestUrl,
  stripPrefix,
  type Target,
  TargetUrlError,
  withoutCredentials,
} from '@hub/forward'
import type { Capped, Caps } from './caps.js'
import type { ExchangeRecorder } from './exchange-recorder.js'
import type { ErrorPages } from './error-pages.js'
import { noteActivity } from './note-activity.js'
import { decodePath, hostSegment } from './route-key.js'
import type { RouteMatch, RouteStore } from './route-store.js'
import type { TrafficStatistics } from './traffic-statistics.js'
import { UpgradeObserver } from './upgrade-observer.js'

export interface TrafficOptions {
  readonly store: RouteStore
  readonly forwarder: Forwarder
  readonly errorPages: ErrorPages
  readonly statistics: TrafficStatistics
  readonly recorder: ExchangeRecorder
  /** Default: everybody may have everything. */
  readonly caps?: Caps
  readonly log: Log
  /** Other than `debug`: lines of that level are not even put together. */
  readonly logLevel: LogLevel
  readonly hostRouting: boolean
  readonly includePrefix: boolean
  readonly prependPath: boolean
  /** Called with a request that is about to be forwarded; it may change the headers, or answer. */
  readonly beforeWeb?: (request: IncomingMessage, response: ServerResponse) => void
  readonly beforeUpgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void
}

/** Where a request goes, or the status it is refused with. */
type Found =
  | { readonly match: RouteMatch; readonly target: Target; readonly url: string }
  | { readonly status: 404 | 500; readonly reason: string }

/** A WebSocket that is asked for. */
interface Handshake {
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What the client sent without waiting for the answer. */
  readonly early: Buffer
  /** To be told the status of the answer. */
  readonly answered: (status: number) => void
}

const capTexts: Readonly<Record<Capped, string>> = {
  client: 'Too many requests of yours are under way. Try again when some of them are answered.\n',
  route: 'Too many requests are under way here. Try again in a moment.\n',
}

const healthPath = '/_chp_healthz'

/** What comes in at the public port: finds the route, forwards, and says no where there is none. */
export class Traffic {
  constructor(private readonly options: TrafficOptions) {}

  readonly web = (request: IncomingMessage, response: ServerResponse): void => {
    const { options } = this
    if (request.url === healthPath) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"OK"}')
      return
    }
    options.statistics.countRequest('web')
    options.recorder.web(request, response)
    const defect = requestDefect(request)
    if (defect !== undefined) {
      options.log.warn('refused an ambiguous request', { reason: defect })
      response.writeHead(400, { Connection: 'close', 'Content-Length': 0 }).end()
      return
    }
    const found = this.#find(request)
    if (found instanceof Promise) {
      found.then(
        (each) => this.#web(each, request, response),
        (error: unknown) => this.#fail(request, response, 500, String(error), error),
      )
    } else this.#web(found, request, response)
  }

  readonly upgrade = (request: IncomingMessage, socket: Socket, early: Buffer): void => {
    const { options } = this
    options.statistics.countRequest('ws')
    const answered = options.recorder.upgrade(request, socket)
    if (requestDefect(request) !== undefined) {
      answered(400)
      refuseUpgrade(socket, 400)
      return
    }
    const found = this.#find(request)
    if (found instanceof Promise) {
      // Until the route is known nobody else looks after the socket.
      const onError = (): void => void socket.destroy()
      socket.on('error', onError)
      found.then(
        (each) => {
          socket.off('error', onError)
          this.#upgrade(each, { request, socket, early, answered })
        },
        (error: unknown) => {
          this.#refuse({ request, socket, answered }, 500, String(error))
        },
      )
    } else this.#upgrade(found, { request, socket, early, answered })
  }

  #web(found: Found, request: IncomingMessage, response: ServerResponse): void {
    if ('status' in found) {
      this.#fail(request, response, found.status, found.reason)
      return
    }
    const { log, forwarder, logLevel, caps, beforeWeb } = this.options
    if (caps?.isOn === true) {
      const leave = caps.enter(request, found.match.key)
      if (typeof leave === 'string') {
        const status = this.#capped(request, leave)
        response.writeHead(status, { 'Retry-After': 1, 'Content-Type': 'text/plain' }).end(capTexts[leave])
        return
      }
      onceClosed(response, leave)
    }
    if (beforeWeb !== undefined) {
      beforeWeb(request, response)
      if (response.writableEnded) return
    }
    if (logLevel === 'debug')
      log.debug(`PROXY WEB ${request.url?.split('?', 1)[0] ?? ''} to ${withoutCredentials(found.target.url)}`)
    forwarder.web(
      request,
      response,
      found.target,
      found.url,
      new WebObserver(this.options, found.match, (error) => {
        this.options.statistics.countTargetError(error.reason)
        this.#fail(request, response, 503, error.reason, error.isCommon ? undefined : error)
      }),
    )
  }

  #upgrade(found: Found, handshake: Handshake): void {
    const { request, socket, early, answered } = handshake
    if ('status' in found) {
      this.#refuse(handshake, found.status, found.reason)
      return
    }
    const { log, forwarder, logLevel, caps, statistics, beforeUpgrade } = this.options
    if (caps?.isOn === true) {
      const leave = caps.enter(request, found.match.key)
      if (typeof leave === 'string') {
        const status = this.#capped(request, leave)
        answered(status)
        refuseUpgrade(socket, status)
        return
      }
      socket.once('close', leave)
    }
    if (beforeUpgrade !== undefined) {
      beforeUpgrade(request, socket, early)
      if (socket.writableEnded || socket.destroyed) return
    }
    if (logLevel === 'debug')
      log.debug(`PROXY WS ${request.url?.split('?', 1)[0] ?? ''} to ${withoutCredentials(found.target.url)}`)
    const refuse = (error: ForwardError): void => this.#refuse(handshake, 503, error.reason)
    const observer = new UpgradeObserver(statistics, found.match, { answered, refuse })
    forwarder.upgrade(request, socket, early, found.target, found.url, observer)
  }

  /** @returns the status to answer with */
  #capped(request: IncomingMessage, by: Capped): 429 | 503 {
    const { log, statistics } = this.options
    const status = by === 'client' ? 429 : 503
    statistics.countProxied(status)
    log.warn(`${status} ${request.method ?? ''} ${request.url?.split('?', 1)[0] ?? ''} too many at once`, { by })
    return status
  }

  #find(request: IncomingMessage): Found | Promise<Found> {
    const { store, hostRouting, statistics } = this.options
    const startedAt = statistics.isOn ? performance.now() : 0
    const url = parseRequestUrl(request.url ?? '/')
    const path = url === undefined ? undefined : decodePath(url.path)
    if (url === undefined || path === undefined) return { status: 500, reason: 'the path is malformed' }
    const asked = hostRouting ? `/${hostSegment(request.headers.host)}${path}` : path
    const match = store.find(asked)
    const done = (found: RouteMatch | undefined): Found => {
      if (statistics.isOn) statistics.observeFind((performance.now() - startedAt) / 1_000)
      return this.#target(found, url)
    }
    return match instanceof Promise ? match.then(done) : done(match)
  }

  #target(match: RouteMatch | undefined, url: RequestUrl): Found {
    if (match === undefined) return { status: 404, reason: 'no route' }
    const { target } = match
    if (target instanceof TargetUrlError) return { status: 500, reason: target.message }
    const { includePrefix, prependPath, hostRouting } = this.options
    const kept = includePrefix ? url : { ...url, path: stripPrefix(url.path, pathOfKey(match.key, hostRouting)) }
    const base = prependPath ? target : { ...target, basePath: '', baseQuery: '' }
    return { match, target, url: joinTargetUrl(base, kept) }
  }

  #fail(
    request: IncomingMessage,
    response: ServerResponse,
    status: 404 | 500 | 503,
    reason: string,
    error?: unknown,
  ): void {
    const { log, statistics, errorPages } = this.options
    statistics.countProxied(status)
    log.error(
      `${status} ${request.method ?? ''} ${request.url?.split('?', 1)[0] ?? ''} ${reason}`,
      error === undefined ? {} : { error },
    )
    void errorPages.page(status, request.url ?? '/').then(({ body, contentType, contentEncoding }) => {
      if (response.destroyed || response.headersSent) return
      response.writeHead(status, STATUS_CODES[status], {
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
        ...(contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding }),
        'Content-Length': body.length,
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
  }

  #refuse({ request, socket, answered }: Omit<Handshake, 'early'>, status: 404 | 500 | 503, reason: string): void {
    answered(status)
    const { log, statistics } = this.options
    statistics.countProxied(status)
    log.error(`${status} ${request.method ?? ''} ${request.url?.split('?', 1)[0] ?? ''} ${reason}`)
    refuseUpgrade(socket, status)
  }
}

/** With host routing the first segment of a key is no part of the path. */
function pathOfKey(key: string, hostRouting: boolean): string {
  if (!hostRouting) return key === '/' ? '' : key
  const slash = key.indexOf('/', 1)
  return slash === -1 ? '' : key.slice(slash)
}

/** Notes activity of one request: bodies sent, and answers that succeeded. */
class WebObserver implements ExchangeObserver {
  constructor(
    private readonly options: Pick<TrafficOptions, 'statistics' | 'log'>,
    private readonly match: RouteMatch,
    readonly failed: (error: ForwardError) => void,
  ) {}

  clientActive(): void {
    noteActivity(this.match, this.options.statistics)
  }

  answered(status: number): void {
    this.options.statistics.countProxied(status)
  }

  finished(status: number): void {
    if (status < 300) noteActivity(this.match, this.options.statistics)
  }

  cut(by: 'client' | 'target', error: Error | undefined): void {
    if (by === 'client') return
    this.options.statistics.countTargetError('BROKEN_OFF')
    this.options.log.error('a target broke off its answer', error === undefined ? {} : { reason: error.message })
  }
}
