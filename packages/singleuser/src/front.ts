import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError, type Log, wireVersion } from '@hub/api/base'
import {
  type ExchangeObserver,
  type Forwarder,
  joinTargetUrl,
  parseRequestUrl,
  refuseUpgrade,
  requestDefect,
  type RequestUrl,
  stripPrefix,
  type Target,
} from '@hub/forward'
import type { Activity } from './activity.js'
import { answerHeaders } from './app-answer.js'
import { prepareForApp, withoutToken } from './app-request.js'
import type { HubFacts } from './config/hub-facts.js'
import type { CookieRules } from './cookies.js'
import type { Login } from './login.js'
import { redirect, sendOwn } from './pages.js'
import { type Doorkeeper, isPageVisit, type Visit } from './visit.js'
import type { OpenSockets } from './open-sockets.js'

export interface FrontParts {
  readonly facts: HubFacts
  readonly keepPrefix: boolean
  readonly target: Target
  readonly forwarder: Forwarder
  readonly doorkeeper: Doorkeeper
  readonly cookies: CookieRules
  readonly login: Login
  readonly activity: Activity
  readonly sockets: OpenSockets
  readonly isReady: () => boolean
  readonly log: Log
}

/** A path of this server, or where to go, or nothing of ours. */
type Place =
  | { readonly is: 'ours'; readonly url: RequestUrl; readonly rest: string }
  | { readonly is: 'elsewhere' }
  | { readonly is: 'no slash' }

/** What comes from the proxy: asks who it is, and passes on to the app what a visitor may have. */
export class Front {
  /** Decoded, without a slash at its end. */
  readonly #prefix: string

  constructor(private readonly parts: FrontParts) {
    this.#prefix = decodeURIComponent(parts.facts.prefix).replace(/\/$/, '')
  }

  readonly web = (request: IncomingMessage, response: ServerResponse): void => {
    this.#web(request, response).catch((error: unknown) => this.#fail(request, response, error))
  }

  readonly upgrade = (request: IncomingMessage, socket: Socket, early: Buffer): void => {
    // Until it is known who it is nobody else looks after the socket.
    const onError = (): void => void socket.destroy()
    socket.on('error', onError)
    this.#upgrade(request, socket, early).catch((error: unknown) => {
      this.parts.log.warn('a WebSocket was refused', { error: error instanceof Error ? error.message : error })
      refuseUpgrade(socket, error instanceof CodedError ? error.status : 500)
    })
  }

  async #web(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { facts, login, doorkeeper } = this.parts
    const isPage = isPageVisit(request)
    if (requestDefect(request) !== undefined) {
      response.writeHead(400, { Connection: 'close', 'Content-Length': 0 }).end()
      return
    }
    const place = this.#placeOf(request)
    if (place.is === 'no slash') {
      redirect(response, facts.prefix)
      return
    }
    if (place.is === 'elsewhere') {
      sendOwn(response, { status: 404, message: 'There is nothing at this address on this server.', isPage })
      return
    }
    if (login.isCallback(place.rest)) return login.finish(request, response, place.url.query)
    if (place.rest === '/logout') {
      login.logout(request, response)
      return
    }

    const visit = await doorkeeper.visitOf(request, 'request')
    if (response.closed || response.destroyed) return
    if (visit.is !== 'visitor') {
      this.#refuse(visit, place.rest, request, response)
      return
    }
    if (!this.parts.isReady()) {
      this.#notReady(response, isPage)
      return
    }
    // A token stays in no address bar and in no app's log.
    if (visit.credential.from === 'url' && isPage) {
      login.keep(request, response, visit.credential.token, place.url)
      return
    }
    this.#forward(request, response, place.url, visit)
  }

  #refuse(visit: Visit, rest: string, request: IncomingMessage, response: ServerResponse): void {
    const isPage = isPageVisit(request)
    if (visit.is === 'refused') {
      const message = `${visit.identity.kind} ${visit.identity.name} is not allowed here.`
      sendOwn(response, { status: 403, message, isPage })
      return
    }
    // The hub asks here whether the server is up, without credentials; so do front ends of Jupyter.
    if (rest === '/api' && !isPage && (request.method === 'GET' || request.method === 'HEAD')) {
      if (!this.parts.isReady()) {
        this.#notReady(response, false)
        return
      }
      response.writeHead(200, { 'Content-Type': 'application/json', 'X-JupyterHub-Version': wireVersion })
      response.end(JSON.stringify({ version: wireVersion }))
      return
    }
    if (isPage) {
      this.parts.login.begin(request, response)
      return
    }
    sendOwn(response, { status: 403, message: 'Log in to the hub first, or send a token that may come in.', isPage })
  }

  #notReady(response: ServerResponse, isPage: boolean): void {
    const message = 'The app is still starting. Try again in a moment.'
    sendOwn(response, { status: 503, message, isPage, headers: { 'Retry-After': '1' } })
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    url: RequestUrl,
    visit: Extract<Visit, { is: 'visitor' }>,
  ): void {
    const { activity, cookies, forwarder, log, target, keepPrefix } = this.parts
    activity.touch()
    const rules = { cookies, cutPrefix: keepPrefix ? '' : this.#rawPrefix(), host: request.headers.host }
    prepareForApp(request, visit, cookies, this.#rawPrefix())
    const observer: ExchangeObserver = {
      clientActive: () => activity.touch(),
      answered: () => undefined,
      rewriteHeaders: (_status, headers) => answerHeaders(headers, rules),
      finished: () => undefined,
      cut: () => undefined,
      failed: (error) => {
        log.warn('the app did not answer', { reason: error.reason })
        sendOwn(response, { status: 502, message: 'The app does not answer.', isPage: isPageVisit(request) })
      },
    }
    forwarder.web(request, response, target, this.#appUrl(url), observer)
  }

  async #upgrade(request: IncomingMessage, socket: Socket, early: Buffer): Promise<void> {
    const { activity, cookies, doorkeeper, forwarder, sockets, target } = this.parts
    const place = this.#placeOf(request)
    const isWebSocket = request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket'
    if (requestDefect(request) !== undefined || !isWebSocket) {
      refuseUpgrade(socket, 400)
      return
    }
    if (place.is !== 'ours') {
      refuseUpgrade(socket, 404)
      return
    }
    const visit = await doorkeeper.visitOf(request, 'websocket')
    if (socket.destroyed) return
    if (visit.is !== 'visitor') {
      refuseUpgrade(socket, 403)
      return
    }
    if (!this.parts.isReady()) {
      refuseUpgrade(socket, 503)
      return
    }
    activity.touch()
    prepareForApp(request, visit, cookies, this.#rawPrefix())
    const rules = { cookies, cutPrefix: this.parts.keepPrefix ? '' : this.#rawPrefix(), host: request.headers.host }
    forwarder.upgrade(request, socket, early, target, this.#appUrl(place.url), {
      clientActive: () => activity.touch(),
      answered: (status) => {
        if (status === 101) sockets.add(socket, visit.credential)
      },
      rewriteHeaders: (_status, headers) => answerHeaders(headers, rules),
      finished: () => undefined,
      cut: () => undefined,
      failed: () => refuseUpgrade(socket, 502),
    })
  }

  #placeOf(request: IncomingMessage): Place {
    const url = parseRequestUrl(request.url ?? '/')
    const path = url === undefined ? undefined : decoded(url.path)
    if (url === undefined || path === undefined) return { is: 'elsewhere' }
    if (path === this.#prefix) return { is: 'no slash' }
    if (!path.startsWith(`${this.#prefix}/`)) return { is: 'elsewhere' }
    return { is: 'ours', url, rest: path.slice(this.#prefix.length) }
  }

  #appUrl({ path, query }: RequestUrl): string {
    const kept = this.parts.facts.allowTokenInUrl ? withoutToken(query) : query
    const asked = this.parts.keepPrefix ? path : stripPrefix(path, this.#prefix)
    return joinTargetUrl(this.parts.target, { path: asked, query: kept })
  }

  #rawPrefix(): string {
    return this.parts.facts.prefix.replace(/\/$/, '')
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const isPage = isPageVisit(request)
    if (error instanceof CodedError) {
      this.parts.log.warn('a request could not be answered', { code: error.code, message: error.message })
      const isHub = error.code === 'hub_unreachable' || error.code === 'hub_refused'
      // What stands between this server and the hub is for the administrator.
      const message = isHub ? 'The hub cannot be asked who you are. Try again in a moment.' : error.message
      sendOwn(response, { status: isHub ? 502 : error.status, message, isPage })
      return
    }
    this.parts.log.error('a request failed', { error })
    sendOwn(response, { status: 500, message: 'This server failed; its log tells more.', isPage })
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
