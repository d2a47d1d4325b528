import {
  createServer as createHttpServer,
  ServerResponse,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Connections, listen, type Listening, type TlsContexts } from '@hub/daemon'
import type { ListenPlace, TlsOptions } from './options.js'

export interface ListenerOptions {
  readonly place: ListenPlace
  /** Speak https, with these. */
  readonly tls?: { readonly contexts: TlsContexts; readonly options: TlsOptions } | undefined
  readonly keepAliveTimeoutMs: number
  /** Connections silent for this long are closed; 0: never. */
  readonly idleTimeoutMs?: number
  /** Takes WebSocket handshakes; without it they are ordinary requests. */
  readonly upgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void
}

/** For the head of a request, and between its pieces. */
const headersTimeoutMs = 60_000

/** A port or socket that takes http requests, and what is under way on it. */
export class Listener {
  #underWay = 0
  #onIdle: (() => void) | undefined
  readonly #connections: Connections

  private constructor(
    private readonly server: Server,
    private readonly unfollow: () => void,
  ) {
    this.#connections = new Connections(server)
    server.on('request', (_request, response) => this.count(response))
  }

  /** @throws ListenError */
  static async open(handler: RequestListener, options: ListenerOptions): Promise<Listener> {
    const settings = {
      keepAliveTimeout: options.keepAliveTimeoutMs,
      headersTimeout: headersTimeoutMs,
      // No limit for a request as a whole: uploads take as long as they take.
      requestTimeout: 0,
    }
    const { tls, upgrade } = options
    let unfollow = (): void => {}
    let server: Server
    if (tls === undefined) server = createHttpServer(settings)
    else {
      const { requestCert, rejectUnauthorized } = tls.options
      const secure = {
        ...settings,
        ...tls.contexts.options,
        requestCert,
        rejectUnauthorized,
        ALPNProtocols: ['http/1.1'],
      }
      const https = createHttpsServer(secure)
      unfollow = tls.contexts.follow((loaded) => https.setSecureContext(loaded))
      server = https
    }
    // By default node drops headers beyond the 2,000th; one of them may be the length of the body.
    server.maxHeadersCount = 0
    if (options.idleTimeoutMs !== undefined && options.idleTimeoutMs > 0) server.setTimeout(options.idleTimeoutMs)
    const listener = new Listener(server, unfollow)
    server.on('request', handler)
    if (upgrade !== undefined) listener.takeUpgrades(handler, upgrade)
    listener.#listening = await listen(server, options.place)
    return listener
  }

  #listening: Listening | undefined

  /** `host:port`, or the path of the socket. */
  get address(): string {
    const address = this.#listening?.address
    if (address === undefined) throw new Error('the listener is not open')
    if (address.kind === 'unix') return address.path
    return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  }

  /**
   * Gives the port or socket free at once, lets requests under way finish for as long as given, then cuts the rest.
   * WebSockets never finish: nothing waits for them.
   */
  async close(deadlineMs: number): Promise<void> {
    this.unfollow()
    this.server.close()
    if (this.#underWay > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
        timer = setTimeout(resolve, deadlineMs)
      })
      clearTimeout(timer)
    }
    this.#connections.destroyAll()
  }

  private count(response: ServerResponse): void {
    this.#underWay++
    response.once('close', () => {
      if (--this.#underWay === 0) this.#onIdle?.()
    })
  }

  /**
   * Only WebSockets are upgraded; what else a client offers to speak it does not get, and its request is an ordinary
   * one. Node has taken the connection out of its parser's hands by then, so such a request is the connection's last,
   * and one with a body, which nobody would parse, is refused.
   */
  private takeUpgrades(handler: RequestListener, upgrade: NonNullable<ListenerOptions['upgrade']>): void {
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (isWebSocket(request)) {
        upgrade(request, socket, head)
        return
      }
      socket.on('error', () => socket.destroy())
      // Read on, or nobody would notice that the client has gone.
      socket.on('end', () => socket.destroy())
      socket.resume()
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      response.assignSocket(socket)
      response.on('finish', () => socket.destroySoon())
      socket.on('drain', () => response.emit('drain'))
      this.count(response)
      if (coding === undefined && (length === undefined || length === '0')) handler(request, response)
      else response.writeHead(400, { 'Content-Length': 0 }).end()
    })
  }
}

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}
