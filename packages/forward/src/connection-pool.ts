import { connect as connectTcp, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { ReadBuffers } from './read-buffers.js'
import type { Target } from './target.js'
import { TargetConnection, type ConnectionOwner } from './target-connection.js'

export interface PoolOptions {
  /** Key, certificate, CA and checks for `https:` targets; asked for at each new connection. */
  readonly tls: () => ConnectionOptions
  /** How long a connection may take to come about. */
  readonly connectTimeoutMs: number
  /** An idle connection is closed after this, or a second before the target says it will. */
  readonly idleMs: number
  /** Idle connections kept for one target. */
  readonly maxIdlePerTarget: number
}

const sweepEveryMs = 1_000
/** A target that closes idle connections after a time must not do so just when a request is on its way. */
const closeMarginMs = 1_000
const maxTlsSessions = 1_000

/** Connections to targets: as many as there are requests at once, kept alive for the next. */
export class ConnectionPool implements ConnectionOwner {
  /** By pool key, the one used last at the end: it is the least likely to have been closed. */
  private readonly idle = new Map<string, TargetConnection[]>()
  private readonly open = new Set<TargetConnection>()
  private readonly tlsSessions = new Map<string, Buffer>()
  private readonly buffers = new ReadBuffers()
  private sweeper: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(private readonly options: PoolOptions) {}

  get openCount(): number {
    return this.open.size
  }

  get idleCount(): number {
    let count = 0
    for (const connections of this.idle.values()) count += connections.length
    return count
  }

  /** @param maxIdleMs - take none that was idle for longer; 0 opens a new one */
  acquire(target: Target, maxIdleMs: number): TargetConnection {
    const kept = this.idle.get(target.poolKey)
    const last = kept?.at(-1)
    if (kept && last && maxIdleMs > 0 && performance.now() - last.idleSince <= maxIdleMs) {
      kept.pop()
      return last
    }
    return this.connect(target)
  }

  /** Keeps the connection for the next request if it can carry one, and closes it otherwise. */
  release(connection: TargetConnection): void {
    const kept = this.idle.get(connection.poolKey)
    const full = kept !== undefined && kept.length >= this.options.maxIdlePerTarget
    if (this.isClosed || full || !connection.isReusable) {
      this.discard(connection)
      return
    }
    connection.rest(performance.now())
    if (kept) kept.push(connection)
    else this.idle.set(connection.poolKey, [connection])
    this.sweeper ??= setInterval(() => this.sweep(), sweepEveryMs).unref()
  }

  /** Closes the connection, whatever is under way on it. */
  discard(connection: TargetConnection): void {
    this.open.delete(connection)
    connection.destroy()
  }

  /** Closes idle connections, so that new ones use keys and certificates read anew. */
  closeIdle(): void {
    for (const connections of this.idle.values()) for (const connection of connections) this.discard(connection)
    this.idle.clear()
    this.tlsSessions.clear()
  }

  /** Closes all connections, also those in use. */
  close(): void {
    this.isClosed = true
    clearInterval(this.sweeper)
    this.closeIdle()
    for (const connection of this.open) this.discard(connection)
  }

  private connect(target: Target): TargetConnection {
    const connection = new TargetConnection(target.poolKey, this.buffers, this)
    const socket = target.secure ? this.connectSecure(target) : connectPlain(target, connection)
    socket.setNoDelay(true)
    connection.attach(socket, !target.secure)
    this.open.add(connection)
    connection.limitConnect(target.secure ? 'secureConnect' : 'connect', this.options.connectTimeoutMs)
    return connection
  }

  private connectSecure(target: Target): Socket {
    const session = this.tlsSessions.get(target.poolKey)
    const name =
      'host' in target.address && !isIpAddress(target.address.host) ? { servername: target.address.host } : {}
    const socket = connectTls({
      ...this.options.tls(),
      ...target.address,
      // The name that is checked is the target's own: a client's Host header must not choose it.
      ...name,
      ...(session ? { session } : {}),
      ALPNProtocols: ['http/1.1'],
    })
    socket.on('session', (ticket: Buffer) => {
      // Targets come and go with their servers; a full handshake now and then is cheaper than keeping all tickets.
      if (this.tlsSessions.size >= maxTlsSessions) this.tlsSessions.clear()
      this.tlsSessions.set(target.poolKey, ticket)
    })
    socket.once('error', () => this.tlsSessions.delete(target.poolKey))
    return socket
  }

  closed(connection: TargetConnection): void {
    this.open.delete(connection)
  }

  unusable(connection: TargetConnection): void {
    this.open.delete(connection)
    const kept = this.idle.get(connection.poolKey)
    const at = kept?.indexOf(connection) ?? -1
    if (kept && at >= 0) kept.splice(at, 1)
    if (kept?.length === 0) this.idle.delete(connection.poolKey)
  }

  private sweep(): void {
    const now = performance.now()
    for (const [key, connections] of this.idle) {
      const stays = connections.filter((connection) => {
        const hint = connection.keepAliveMs === undefined ? Infinity : connection.keepAliveMs - closeMarginMs
        if (now - connection.idleSince < Math.min(this.options.idleMs, hint)) return true
        this.discard(connection)
        return false
      })
      if (stays.length > 0) this.idle.set(key, stays)
      else this.idle.delete(key)
    }
    if (this.idle.size > 0) return
    clearInterval(this.sweeper)
    this.sweeper = undefined
  }
}

function connectPlain(target: Target, connection: TargetConnection): Socket {
  const onread = { buffer: connection.nextBuffer, callback: connection.read }
  // The types know `onread` for TCP only; node handles both kinds of socket alike.
  return connectTcp({ ...target.address, onread } as TcpSocketConnectOpts)
}

function isIpAddress(host: string): boolean {
  return host.includes(':') || /^[0-9.]+$/.test(host)
}
