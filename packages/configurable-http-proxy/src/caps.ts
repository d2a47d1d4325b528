import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TrustedProxies } from '@hub/forward'

export interface CapsOptions {
  /** Requests and WebSockets under way at once; 0: without limit. */
  readonly maxPerClient: number
  readonly maxPerRoute: number
  readonly maxConnectionsPerClient: number
  /** Behind these the client is whom they name, and their own connections are not counted. */
  readonly trusted: TrustedProxies | undefined
}

/** Which limit one request more would break. */
export type Capped = 'client' | 'route'

/** How much one client, and all clients of one route, may have under way at once. */
export class Caps {
  readonly #clients = new Counts()
  readonly #routes = new Counts()
  readonly #connections = new Counts()
  /** Whether a client may have one more connection; without a limit nobody needs to ask. */
  readonly admit: ((socket: Socket) => boolean) | undefined

  constructor(private readonly options: CapsOptions) {
    this.admit = options.maxConnectionsPerClient > 0 ? (socket) => this.#admit(socket) : undefined
  }

  /** Anything to count at all. */
  get isOn(): boolean {
    return this.options.maxPerClient > 0 || this.options.maxPerRoute > 0
  }

  /** @returns what is to be called at the end of the request, or the limit that keeps it from beginning */
  enter(request: IncomingMessage, route: string): Capped | (() => void) {
    const { maxPerClient, maxPerRoute, trusted } = this.options
    const client = (trusted ? trusted.clientOf(request) : request.socket.remoteAddress) ?? ''
    if (maxPerClient > 0 && client !== '' && this.#clients.of(client) >= maxPerClient) return 'client'
    if (maxPerRoute > 0 && this.#routes.of(route) >= maxPerRoute) return 'route'
    this.#clients.add(client, 1)
    this.#routes.add(route, 1)
    return () => {
      this.#clients.add(client, -1)
      this.#routes.add(route, -1)
    }
  }

  #admit(socket: Socket): boolean {
    const { trusted, maxConnectionsPerClient } = this.options
    const client = socket.remoteAddress
    if (client === undefined || trusted?.includes(socket) === true) return true
    if (this.#connections.of(client) >= maxConnectionsPerClient) return false
    this.#connections.add(client, 1)
    socket.once('close', () => this.#connections.add(client, -1))
    return true
  }
}

/** Keys whose count is zero take no memory. */
class Counts {
  readonly #counts = new Map<string, number>()

  of(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  add(key: string, change: number): void {
    const count = this.of(key) + change
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}
