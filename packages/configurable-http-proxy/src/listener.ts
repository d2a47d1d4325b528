import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Connections, listen, type Listening, type TlsContexts } from '@hub/daemon'
import { onceClosed } from '@hub/forward'
import { answerDirectly, type DirectAnswersOptions } from './direct-answers.js'
import { joinShortWrites } from './joined-writes.js'
import type { ListenPlace, TlsOptions } from './options.js'
import { withoutUpgrade } from './without-upgrade.js'

export interface ListenerOptions {
  readonly place: ListenPlace
  /** Speak https, with these. */
  readonly tls?: { readonly contexts: TlsContexts; readonly options: TlsOptions } | undefined
  readonly keepAliveTimeoutMs: number
  /** Connections silent for this long are closed; 0: never. */
  readonly idleTimeoutMs?: number
  /** A connection with bytes under way to the client, of which it takes none for this long, is closed; 0: never. */
  readonly stallMs?: number
  /** Whether a client may have one more connection; asked as it opens, and closed at once if not. */
  readonly admit?: ((socket: Socket) => boolean) | undefined
  /** Takes WebSocket handshakes; without it they are ordinary requests. */
  readonly upgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void
  /** Answers plain requests of the API, which then never become requests of the server. */
  readonly direct?: DirectAnswersOptions['answer'] | undefined
}

/** How a server takes requests. */
export type ServerRole = Pick<ListenerOptions, 'idleTimeoutMs' | 'stallMs' | 'admit' | 'upgrade' | 'direct'> & {
  readonly isSecure: boolean
}

/** For the head of a request, and between its pieces. */
const headersTimeoutMs = 60_000
/** For the answer before a pipelined upgrade: nobody reads from the connection, so nobody would notice its end. */
const pipelinedTimeoutMs = 10_000

/** Limits of a server of ours. */
export function serverSettings(keepAliveTimeoutMs: number): ServerOptions {
  return {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    // No limit for a request as a whole: uploads take as long as they take.
    requestTimeout: 0,
  }
}

/** A port or socket that takes http requests, and what is under way on it. */
export class Listener {
  #underWay = 0
  #onIdle: (() => void) | undefined
  #isCut = false
  readonly #connections: Connections
  /** The last request under way on each connection. */
  readonly #answering = new WeakMap<Socket, ServerResponse>()
  /** Connections that have offered to speak something else before. */
  readonly #offered = new WeakSet<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly unfollow: () => void,
  ) {
    this.#connections = new Connections(server)
    server.on('request', (_request, response) => this.count(response))
  }

  /** @throws ListenError */
  static async open(handler: RequestListener, options: ListenerOptions): Promise<Listener> {
    const settings = serverSettings(options.keepAliveTimeoutMs)
    const { tls } = options
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
        SNICallback: tls.contexts.sni,
      }
      const https = createHttpsServer(secure)
      unfollow = tls.contexts.follow((loaded) => https.setSecureContext(loaded))
      server = https
    }
    const listener = Listener.on(server, handler, { ...options, isSecure: tls !== undefined }, unfollow)
    listener.#listening = await listen(server, options.place)
    return listener
  }

  /** Makes a server of ours of one that does not listen yet. */
  static on(
    server: Server,
    handler: RequestListener,
    { isSecure, upgrade, direct, admit, idleTimeoutMs = 0, stallMs = 0 }: ServerRole,
    unfollow = (): void => {},
  ): Listener {
    // By default node drops headers beyond the 2,000th; one of them may be the length of the body.
    server.maxHeadersCount = 0
    if (idleTimeoutMs > 0) server.setTimeout(idleTimeoutMs)
    else if (stallMs > 0) server.setTimeout(stallMs)
    if (admit !== undefined)
      server.on('connection', (socket: Socket) => {
        if (!admit(socket)) socket.destroy()
      })
    server.on(isSecure ? 'secureConnection' : 'connection', joinShortWrites)
    const listener = new Listener(server, unfollow)
    if (idleTimeoutMs === 0) server.on('timeout', (socket: Socket) => listener.closeIfStalled(socket))
    server.on('request', handler)
    if (upgrade !== undefined) listener.takeUpgrades(isSecure, upgrade)
    if (direct !== undefined) {
      const { keepAliveTimeout: keepAliveTimeoutMs } = server
      answerDirectly(server, isSecure, { answer: direct, keepAliveTimeoutMs, begin: () => listener.begin() })
    }
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
    if (this.#underWay > 0 && !this.#isCut) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
        timer = setTimeout(resolve, deadlineMs)
      })
      clearTimeout(timer)
    }
    this.#connections.destroyAll()
  }

  /** Ends the waiting of `close`, or keeps it from beginning. */
  cut(): void {
    this.#isCut = true
    this.#onIdle?.()
  }

  /** Open connections, upgraded ones too. */
  get connections(): number {
    return this.#connections.count
  }

  /** Silence is no stall: an answer may be long in coming. What waits to be taken by the client tells the two apart. */
  private closeIfStalled(socket: Socket): void {
    if (!this.#answering.has(socket) || socket.writableLength > 0) socket.destroy()
  }

  /** @returns ends what has begun */
  private begin(): () => void {
    this.#underWay++
    return () => {
      if (--this.#underWay === 0) this.#onIdle?.()
    }
  }

  private count(response: ServerResponse): void {
    const { socket } = response.req
    const end = this.begin()
    this.#answering.set(socket, response)
    onceClosed(response, () => {
      if (this.#answering.get(socket) === response) this.#answering.delete(socket)
      end()
    })
  }

  /** Only WebSockets are upgraded. What else a client offers to speak it does not get: its request is an ordinary one. */
  private takeUpgrades(isSecure: boolean, upgrade: NonNullable<ListenerOptions['upgrade']>): void {
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      // Node has taken the connection out of its parser's hands and looks after it no longer.
      socket.on('error', ignore)
      this.whenAnswered(socket, () => {
        if (isWebSocket(request)) {
          upgrade(request, socket, head)
          return
        }
        // Each time the server adds listeners to the socket; a client that goes on offering gets new connections.
        socket.unshift(withoutUpgrade(request, head, this.#offered.has(socket)))
        this.#offered.add(socket)
        this.server.emit(isSecure ? 'secureConnection' : 'connection', socket)
      })
    })
  }

  /** A request that was sent without waiting for the answer to the one before has its turn when that is out. */
  private whenAnswered(socket: Socket, turn: () => void): void {
    const before = this.#answering.get(socket)
    if (before === undefined) {
      turn()
      return
    }
    const onDrain = (): void => void before.emit('drain')
    const timer = setTimeout(() => socket.destroy(), pipelinedTimeoutMs)
    socket.on('drain', onDrain)
    onceClosed(before, () => {
      clearTimeout(timer)
      socket.off('drain', onDrain)
      if (!socket.destroyed) turn()
    })
  }
}

/** The close that follows is what is acted on. One for all: a closure would keep the request as long as the socket. */
function ignore(): void {}

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}
