import type { IncomingMessage, ServerResponse } from 'node:http'
import { AnswerRelay, type RelayContext } from './answer-relay.js'
import type { ExchangeObserver } from './exchange-observer.js'
import type { RequestFraming } from './request-head.js'
import { ResponseSyntaxError, type ResponseHead } from './response-head.js'
import type { Target } from './target.js'
import type { TargetConnection } from './target-connection.js'
import { TargetTimeoutError } from './target-errors.js'

export interface WebExchangeContext extends RelayContext {
  /** The target may be silent for this long; 0 for ever. */
  readonly targetIdleMs: number
}

/** A body up to this size is kept until the answer begins, so that it can be sent a second time. */
const replayBytes = 64 * 1024

/**
 * A connection that was idle for longer may just be closing at the other end. A request that must not be sent twice,
 * or is too long to be kept for that, gets a new one then.
 */
const freshForUnsafeMs = 1_000

/** Repeating these does what doing them once does (RFC 9110, 9.2.2). */
const idempotent: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'REPORT',
])

/** One request with its answer. */
export class WebExchange extends AnswerRelay {
  private readonly mayRepeat: boolean
  /** What was sent of the body, while it may have to be sent again. */
  private replay: Buffer[] | undefined
  private replayLength = 0
  private isBodySent = false
  private isUploading = false
  /** The target takes nothing, so the client is not read. */
  private clientIsHeld = false
  private received = 0
  /** How far the upload may run ahead of the target, to see whether the client has gone. */
  private ahead = 0
  private isProvoked = false

  constructor(
    private readonly webContext: WebExchangeContext,
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    observer: ExchangeObserver,
    private readonly framing: RequestFraming,
    private readonly requestText: string,
  ) {
    super(webContext, request, response, target, observer)
    this.mayRepeat = idempotent.has(request.method ?? '')
    if (this.mayRepeat) this.replay = []
  }

  start(): void {
    const { framing } = this
    const isRepeatable =
      this.mayRepeat && (framing.kind === 'none' || (framing.kind === 'length' && framing.bytes <= replayBytes))
    const connection = this.webContext.pool.acquire(this.target, isRepeatable ? Infinity : freshForUnsafeMs)
    if (isRepeatable || !connection.reused) {
      this.send(connection)
      return
    }
    // If the target has closed it already, that is seen after one turn of the event loop.
    this.connection = connection
    setImmediate(() => {
      if (this.isOver) return
      this.send(connection.isOpen ? connection : this.webContext.pool.acquire(this.target, 0))
    })
  }

  override head(head: ResponseHead): void {
    this.replay = undefined
    super.head(head)
  }

  override drain(): void {
    this.stopReadingAhead()
    if (this.isUploading) this.request.resume()
  }

  override progress(): number {
    if (!this.isUploading) return super.progress()
    // What has been delivered; an answer that goes on meanwhile is progress too.
    return this.received - (this.connection?.pendingBytes ?? 0) + (this.answered - this.response.writableLength)
  }

  override look(): void {
    super.look()
    if (!this.clientIsHeld || !this.connection || this.isOver) return
    this.ahead = this.webContext.watch.takeLookahead(this.ahead)
    if (this.connection.pendingBytes < this.ahead) this.request.resume()
    else this.provoke()
  }

  /** Nothing more is read ahead. A client that has gone answers whatever it is sent with a reset; any other ignores this. */
  private provoke(): void {
    if (this.isProvoked || this.response.headersSent || this.request.httpVersion !== '1.1') return
    this.isProvoked = true
    this.response.writeContinue()
  }

  override stalled(): void {
    if (this.isUploading && this.clientIsHeld) {
      this.failure(new TargetTimeoutError())
      return
    }
    if (this.isUploading && !this.response.headersSent) {
      const { response } = this
      this.clientClosed()
      response.writeHead(408, { connection: 'close', 'content-length': 0 }).end()
      return
    }
    super.stalled()
  }

  override failure(error: Error): void {
    if (this.isOver) return
    // Closed by the target while idle: it has not begun to answer, so it may be asked again, once, on a new connection.
    const mayHaveClosed = !(error instanceof TargetTimeoutError) && !(error instanceof ResponseSyntaxError)
    if (mayHaveClosed && this.connection?.reused && !this.connection.anyByte && this.replay) {
      this.send(this.webContext.pool.acquire(this.target, 0))
      return
    }
    this.stopUpload()
    super.failure(error)
  }

  protected override release(connection: TargetConnection): void {
    this.stopUpload()
    // Answered before the request was complete: what is left of it must not meet the next answer.
    if (this.isBodySent) super.release(connection)
    else this.webContext.pool.discard(connection)
  }

  protected override clientClosed(): void {
    this.stopUpload()
    super.clientClosed()
  }

  private send(connection: TargetConnection): void {
    this.connection = connection
    connection.begin(this, this.requestText, this.request.method === 'HEAD', this.webContext.targetIdleMs)
    if (this.framing.kind === 'none') {
      this.isBodySent = true
      return
    }
    if (this.replay) for (const bytes of this.replay) this.sendBody(connection, bytes)
    if (this.isBodySent) this.endBody(connection)
    else if (!this.isUploading) this.upload()
  }

  private upload(): void {
    this.isUploading = true
    this.beWatched()
    this.request.on('data', this.onData)
    this.request.on('end', this.onEnd)
  }

  private stopUpload(): void {
    if (!this.isUploading) return
    this.isUploading = false
    this.request.off('data', this.onData)
    this.request.off('end', this.onEnd)
    this.stopReadingAhead()
    // Nobody reads the rest; it must not keep the client from its next request.
    this.request.resume()
  }

  private readonly onData = (bytes: Buffer): void => {
    this.observer.clientActive()
    this.received += bytes.length
    if (this.replay) {
      this.replayLength += bytes.length
      if (this.replayLength > replayBytes) this.replay = undefined
      else this.replay.push(bytes)
    }
    const { connection } = this
    if (!connection || this.sendBody(connection, bytes) || connection.pendingBytes < this.ahead) return
    this.request.pause()
    this.clientIsHeld = true
  }

  private readonly onEnd = (): void => {
    this.isBodySent = true
    this.isUploading = false
    this.stopReadingAhead()
    if (this.connection) this.endBody(this.connection)
  }

  private stopReadingAhead(): void {
    this.clientIsHeld = false
    this.webContext.watch.returnLookahead(this.ahead)
    this.ahead = 0
  }

  private sendBody(connection: TargetConnection, bytes: Buffer): boolean {
    if (this.framing.kind !== 'chunked') return connection.write(bytes)
    connection.cork()
    connection.write(`${bytes.length.toString(16)}\r\n`)
    connection.write(bytes)
    const room = connection.write('\r\n')
    connection.uncork()
    return room
  }

  private endBody(connection: TargetConnection): void {
    if (this.framing.kind === 'chunked') connection.write('0\r\n\r\n')
  }
}
