import type { Socket } from 'node:net'
import { ChunkedDecoder } from './chunked.js'
import type { ReadBuffers } from './read-buffers.js'
import { ConnectionClosedError, ConnectTimeoutError, TargetTimeoutError } from './target-errors.js'
import { parseResponseHead, ResponseSyntaxError, type BodyFraming, type ResponseHead } from './response-head.js'

/** Who listens to the answer of one request. */
export interface AnswerHandler {
  /** The head has come; from here on the request has been answered. */
  head(head: ResponseHead): void
  /** @param shared - the memory is used anew after this call: copy what has to stay */
  body(bytes: Buffer, shared: boolean): void
  /** The answer is complete. */
  end(): void
  /** All that one read brought has been told. @returns true while memory that was not shared is still needed */
  settled(): boolean
  /** What was written before has gone out; there is room for more of the request. */
  drain(): void
  /** The connection broke or the answer is not HTTP. Nothing follows. */
  failure(error: Error): void
}

/** Who keeps a connection. */
export interface ConnectionOwner {
  /** It has closed, in use or idle. */
  closed(connection: TargetConnection): void
  /** An idle connection was closed or spoke unasked: it is destroyed. */
  unusable(connection: TargetConnection): void
}

const maxHeadBytes = 64 * 1024
const headEnd = Buffer.from('\r\n\r\n')
const bareLineEnd = Buffer.from('\n\n')
const protocol = 'HTTP/1.'

/**
 * What a connection is doing. `tunnel`: bytes pass as they come, after a 101.
 */
type Phase = 'idle' | 'head' | 'body' | 'tunnel' | 'closed'

/** One connection to a target that carries one request at a time. */
export class TargetConnection {
  /** Requests answered so far; a connection with some may have been closed by the target meanwhile. */
  served = 0
  idleSince = 0
  /** How long the target says it keeps an idle connection. */
  keepAliveMs: number | undefined
  /** Bytes of the present answer have come. */
  anyByte = false
  private socket!: Socket
  private phase: Phase = 'idle'
  private handler: AnswerHandler | undefined
  private bodyless = false
  private partialHead: Buffer | undefined
  private framing: BodyFraming = 'none'
  private left = 0
  private chunked: ChunkedDecoder | undefined
  private reusable = true
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
    socket.on('drain', () => this.handler?.drain())
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
    const long = this.phase === 'body' && (this.framing !== 'length' || this.left > 0)
    if (!long) return this.buffers.shared
    this.own ??= this.buffers.take()
    return this.own
  }

  /** For `onread` of the socket: bytes have come. */
  readonly read = (count: number, buffer: Uint8Array): boolean => {
    // The type says Uint8Array, but these are the buffers `nextBuffer` handed out.
    this.received((buffer as Buffer).subarray(0, count), buffer === this.buffers.shared)
    return true
  }

  get reused(): boolean {
    return this.served > 0
  }

  get isOpen(): boolean {
    return this.phase !== 'closed'
  }

  /** Sends the head of a request; the answer goes to `handler`. @param bodyless - the request is a HEAD */
  begin(handler: AnswerHandler, head: string, bodyless: boolean, idleTimeoutMs: number): void {
    this.handler = handler
    this.phase = 'head'
    this.bodyless = bodyless
    this.anyByte = false
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
    this.phase = 'tunnel'
    this.handler = handler
    this.chunked = undefined
    this.idleTimeoutMs = 0
    this.socket.setTimeout(0)
    return this.socket
  }

  /** The request was sent as a whole and answered as a whole: may the connection carry another? */
  get isReusable(): boolean {
    return this.phase === 'idle' && this.reusable
  }

  /** Ends the connection without telling the handler. */
  destroy(): void {
    this.handler = undefined
    this.phase = 'closed'
    this.releaseBuffer(true)
    this.socket.destroy()
  }

  private received(bytes: Buffer, shared: boolean): void {
    const handler = this.handler
    if (!handler) {
      // Bytes nobody asked for: an answer that is not ours must never meet the next request.
      if (this.phase !== 'closed') this.unusable()
      return
    }
    try {
      this.consume(bytes, shared, handler)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    const kept = handler.settled()
    if (kept && !shared) this.own = undefined
    if (this.phase !== 'body') this.releaseBuffer(kept)
  }

  private consume(bytes: Buffer, shared: boolean, handler: AnswerHandler): void {
    this.anyByte = true
    let at = 0
    if (this.phase === 'head') {
      at = this.consumeHead(bytes, handler)
      if (at < 0) return
    }
    if (this.phase === 'tunnel') {
      if (at < bytes.length) this.handler?.body(bytes.subarray(at), shared)
      return
    }
    if (this.phase === 'body') this.consumeBody(bytes, at, shared, handler)
  }

  /** @returns where the body begins, or -1 when the head goes on */
  private consumeHead(bytes: Buffer, handler: AnswerHandler): number {
    const before = this.partialHead?.length ?? 0
    const all = this.partialHead ? Buffer.concat([this.partialHead, bytes]) : bytes
    let from = 0
    for (;;) {
      const end = all.indexOf(headEnd, from)
      if (end < 0) {
        refuseOtherProtocols(all, from)
        if (all.length - from > maxHeadBytes) throw new ResponseSyntaxError('the head of the answer is too long')
        this.partialHead = Buffer.from(all.subarray(from))
        return -1
      }
      const head = parseResponseHead(all.toString('latin1', from, end), this.bodyless)
      from = end + headEnd.length
      // 100 and 103 are between target and proxy: the proxy has answered an Expect itself.
      if (head.status < 200 && head.status !== 101) continue
      this.partialHead = undefined
      this.startBody(head, handler, from < all.length)
      return from - before
    }
  }

  private startBody(head: ResponseHead, handler: AnswerHandler, moreFollows: boolean): void {
    this.framing = head.framing
    this.left = head.length
    this.chunked = head.framing === 'chunked' ? new ChunkedDecoder() : undefined
    this.reusable = head.keepAlive
    this.keepAliveMs = head.keepAliveMs
    this.phase = 'body'
    handler.head(head)
    // The handler may have made this a tunnel, or ended it.
    if (this.phase === 'body' && head.framing === 'none') this.complete(handler, moreFollows)
  }

  private consumeBody(bytes: Buffer, from: number, shared: boolean, handler: AnswerHandler): void {
    switch (this.framing) {
      case 'length': {
        const end = Math.min(bytes.length, from + this.left)
        this.left -= end - from
        if (end > from) handler.body(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end), shared)
        if (this.left === 0 && this.phase === 'body') this.complete(handler, end < bytes.length)
        return
      }
      case 'chunked': {
        const decoder = this.chunked
        if (!decoder) return
        const end = decoder.decode(bytes, from, bytes.length, (start, stop) => {
          if (this.phase === 'body') handler.body(bytes.subarray(start, stop), shared)
        })
        if (decoder.done && this.phase === 'body') this.complete(handler, end < bytes.length)
        return
      }
      case 'until-close':
        if (from < bytes.length) handler.body(bytes.subarray(from), shared)
        return
      case 'none':
    }
  }

  /** @param moreFollows - bytes after the answer, which nobody asked for: the connection is not used again */
  private complete(handler: AnswerHandler, moreFollows: boolean): void {
    this.phase = 'idle'
    this.served++
    if (moreFollows) this.reusable = false
    this.chunked = undefined
    handler.end()
  }

  /** The exchange is over on both sides: the connection goes back to the pool. */
  rest(now: number): void {
    this.handler = undefined
    this.idleSince = now
    if (this.idleTimeoutMs > 0) this.socket.setTimeout(0)
  }

  private ended(): void {
    if (this.phase === 'body' && this.framing === 'until-close' && this.handler) {
      const handler = this.handler
      this.complete(handler, true)
      handler.settled()
      return
    }
    if (this.phase === 'tunnel') this.handler?.end()
    else this.fail(new ConnectionClosedError())
  }

  private closed(): void {
    this.stopConnectTimer()
    this.owner.closed(this)
    if (this.phase === 'closed') return
    this.fail(this.error ?? new ConnectionClosedError())
  }

  private timedOut(): void {
    this.fail(new TargetTimeoutError())
  }

  private fail(error: Error): void {
    const handler = this.handler
    if (!handler) {
      this.unusable()
      return
    }
    this.destroy()
    handler.failure(error)
  }

  private unusable(): void {
    if (this.phase === 'closed') return
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

/** What will never become an answer is refused at once: a server of another kind may wait for us to speak. */
function refuseOtherProtocols(bytes: Buffer, from: number): void {
  const start = bytes.toString('latin1', from, from + protocol.length)
  if (!protocol.startsWith(start)) throw new ResponseSyntaxError('the target does not speak HTTP/1.x')
  if (bytes.includes(bareLineEnd, from)) throw new ResponseSyntaxError('a bare line feed in the head of the answer')
}
