import type { Socket } from 'node:net'
import { AnswerReader, type AnswerHandler } from './answer-reader.js'
import type { ReadBuffers } from './read-buffers.js'
import { ConnectionClosedError, ConnectTimeoutError, TargetTimeoutError } from './target-errors.js'

/** Who keeps a connection. */
export interface ConnectionOwner {
  /** It has closed, in use or idle. */
  closed(connection: TargetConnection): void
  /** An idle connection was closed or spoke unasked: it is destroyed. */
  unusable(connection: TargetConnection): void
}

/** One connection to a target that carries one request at a time. */
export class TargetConnection {
  idleSince = 0
  private readonly reader = new AnswerReader()
  private socket!: Socket
  private idleTimeoutMs = 0
  private own: Buffer | undefined
  private error: Error | undefined
  private connectTimer: NodeJS.Timeout | undefined

  constructor(
    readonly poolKey: string,
    private readonly buffers: ReadBuffers,
    private readonly owner: ConnectionOwner,
  ) {}

  /** Takes the socket, which is still connecting. With `usesOnread` its bytes come through {@link read}. */
  attach(socket: Socket, usesOnread: boolean): void {
    this.socket = socket
    if (!usesOnread) socket.on('data', (bytes: Buffer) => this.received(bytes, false))
    socket.on('drain', () => this.reader.handler?.drain())
    socket.on('error', (error) => (this.error = error))
    socket.on('end', () => this.ended())
    socket.on('close', () => this.closed())
    socket.on('timeout', () => this.timedOut())
  }

  /** Gives up when the connection has not come about in this time. */
  limitConnect(event: 'connect' | 'secureConnect', timeoutMs: number): void {
    this.connectTimer = setTimeout(() => this.socket.destroy(new ConnectTimeoutError()), timeoutMs)
    this.socket.once(event, () => this.stopConnectTimer())
  }

  /** For `onread` of the socket: where the next bytes go. */
  readonly nextBuffer = (): Buffer => {
    if (!this.reader.isWithinBody) return this.buffers.shared
    this.own ??= this.buffers.take()
    return this.own
  }

  /** For `onread` of the socket: bytes have come. */
  readonly read = (count: number, buffer: Uint8Array): boolean => {
    // The type says Uint8Array, but these are the buffers `nextBuffer` handed out.
    this.received((buffer as Buffer).subarray(0, count), buffer === this.buffers.shared)
    return true
  }

  /** It has answered before, so the target may have closed it meanwhile. */
  get reused(): boolean {
    return this.reader.answers > 0
  }

  /** Bytes of the present answer have come. */
  get anyByte(): boolean {
    return this.reader.anyByte
  }

  /** How long the target says it keeps an idle connection. */
  get keepAliveMs(): number | undefined {
    return this.reader.keepAliveMs
  }

  get isOpen(): boolean {
    return this.reader.state !== 'stopped'
  }

  /** Sends the head of a request; the answer goes to `handler`. @param bodyless - the request is a HEAD */
  begin(handler: AnswerHandler, head: string, bodyless: boolean, idleTimeoutMs: number): void {
    this.reader.expect(handler, bodyless)
    this.idleTimeoutMs = idleTimeoutMs
    if (idleTimeoutMs > 0) this.socket.setTimeout(idleTimeoutMs)
    this.socket.write(head, 'latin1')
  }

  /** @returns false when the caller should wait for `drain` */
  write(bytes: Buffer | string): boolean {
    return typeof bytes === 'string' ? this.socket.write(bytes, 'latin1') : this.socket.write(bytes)
  }

  /** Bytes that wait for the target to take them. */
  get pendingBytes(): number {
    return this.socket.writableLength
  }

  /** Several writes that go out as one. */
  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
  }

  /** A target that nobody listens to is not silent: its idle time does not run meanwhile. */
  pause(): void {
    this.socket.pause()
    if (this.idleTimeoutMs > 0) this.socket.setTimeout(0)
  }

  resume(): void {
    this.socket.resume()
    if (this.idleTimeoutMs > 0) this.socket.setTimeout(this.idleTimeoutMs)
  }

  /** From now on bytes pass as they come; call it from `head` of a 101. */
  becomeTunnel(handler: AnswerHandler): Socket {
    this.reader.passAll(handler)
    this.idleTimeoutMs = 0
    this.socket.setTimeout(0)
    return this.socket
  }

  /** The request was sent as a whole and answered as a whole: may the connection carry another? */
  get isReusable(): boolean {
    return this.reader.state === 'idle' && this.reader.reusable
  }

  /** Ends the connection without telling the handler. */
  destroy(): void {
    this.reader.stop()
    this.releaseBuffer(true)
    this.socket.destroy()
  }

  private received(bytes: Buffer, shared: boolean): void {
    const { handler } = this.reader
    if (!handler) {
      // Bytes nobody asked for: an answer that is not ours must never meet the next request.
      this.unusable()
      return
    }
    try {
      this.reader.read(bytes, shared, handler)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    const kept = handler.settled()
    if (kept && !shared) this.own = undefined
    if (this.reader.state !== 'body') this.releaseBuffer(kept)
  }

  /** The exchange is over on both sides: the connection goes back to the pool. */
  rest(now: number): void {
    this.reader.handler = undefined
    this.idleSince = now
    if (this.idleTimeoutMs > 0) this.socket.setTimeout(0)
  }

  private ended(): void {
    if (this.reader.end()) return
    if (this.reader.state === 'tunnel') this.reader.handler?.end()
    else this.fail(new ConnectionClosedError())
  }

  private closed(): void {
    this.stopConnectTimer()
    this.owner.closed(this)
    if (!this.isOpen) return
    this.fail(this.error ?? new ConnectionClosedError())
  }

  private timedOut(): void {
    this.fail(new TargetTimeoutError())
  }

  private fail(error: Error): void {
    const { handler } = this.reader
    if (!handler) {
      this.unusable()
      return
    }
    this.destroy()
    handler.failure(error)
  }

  private unusable(): void {
    if (!this.isOpen) return
    this.destroy()
    this.owner.unusable(this)
  }

  private stopConnectTimer(): void {
    clearTimeout(this.connectTimer)
    this.connectTimer = undefined
  }

  private releaseBuffer(stillNeeded: boolean): void {
    if (this.own && !stillNeeded) this.buffers.giveBack(this.own)
    this.own = undefined
  }
}
