import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConnectionPool } from './connection-pool.js'
import { ForwardError } from './errors.js'
import type { ExchangeObserver } from './exchange-observer.js'
import { rewriteLocation, type LocationRules } from './location.js'
import { onceClosed } from './response-close.js'
import { ResponseSyntaxError, type ResponseHead } from './response-head.js'
import type { StallWatch, Watched } from './stall-watch.js'
import type { Target } from './target.js'
import type { AnswerHandler } from './answer-reader.js'
import type { TargetConnection } from './target-connection.js'

/** Pieces up to this size are joined with the head and each other, and written as one string. */
const joinedBytes = 8 * 1024

export interface RelayContext {
  readonly pool: ConnectionPool
  readonly location: LocationRules
  readonly watch: StallWatch
}

/** Passes the answer of a target on to the client, with back pressure, and notices when either goes away. */
export class AnswerRelay implements AnswerHandler, Watched {
  protected connection: TargetConnection | undefined
  protected isOver = false
  private status = 0
  /** The head or short pieces of the body wait for what else the same read brings. */
  private isHeadHeld = false
  private held = ''
  private isCorked = false
  private isWatched = false
  /** The client takes nothing, so the target is not read. */
  private targetIsHeld = false
  protected answered = 0

  constructor(
    protected readonly context: RelayContext,
    protected readonly request: IncomingMessage,
    protected readonly response: ServerResponse,
    protected readonly target: Target,
    protected readonly observer: ExchangeObserver,
  ) {
    onceClosed(response, () => {
      this.clientClosed()
      if (this.isWatched) context.watch.remove(this)
    })
  }

  /** For an answer whose head has been read by another. */
  adopt(connection: TargetConnection): this {
    this.connection = connection
    return this
  }

  head(head: ResponseHead): void {
    if (head.status === 101) throw new ResponseSyntaxError('the target upgraded a request that did not ask for it')
    this.status = head.status
    const { location } = this.context
    if (head.location !== undefined && location.isActive) {
      const rewritten = rewriteLocation(head.location, head.status, this.target, this.request.headers.host, location)
      head.headers[head.headers.indexOf('location') + 1] = rewritten
    }
    this.observer.answered(head.status)
    if (this.response.destroyed) return
    const headers = this.observer.rewriteHeaders?.(head.status, head.headers) ?? head.headers
    this.response.writeHead(head.status, head.reason, headers)
    this.isHeadHeld = true
  }

  body(bytes: Buffer, shared: boolean): void {
    const { response } = this
    this.answered += bytes.length
    if (response.destroyed) return
    this.isHeadHeld = false
    if (shared && bytes.length <= joinedBytes) {
      this.held += bytes.toString('latin1')
      return
    }
    if (!this.isCorked) {
      // Uncorked in `settled`: written by then, if the client takes it, and the memory is free for the next read.
      this.isCorked = true
      response.cork()
    }
    this.writeHeld()
    response.write(shared ? Buffer.from(bytes) : bytes)
  }

  end(): void {
    if (this.isOver) return
    this.isOver = true
    this.isHeadHeld = false
    if (this.held === '') this.response.end()
    else this.response.end(this.held, 'latin1')
    this.held = ''
    // The client may still have to take the rest of it.
    if (this.response.writableLength > 0) this.beWatched()
    if (this.connection) this.release(this.connection)
    this.observer.finished(this.status)
  }

  settled(): boolean {
    const { response } = this
    this.writeHeld()
    if (this.isCorked) {
      this.isCorked = false
      response.uncork()
    } else if (this.isHeadHeld) {
      // An event stream may say nothing for a long time; its client wants to know that it is open.
      this.isHeadHeld = false
      response.flushHeaders()
    }
    const unwritten = response.writableLength > 0
    if (unwritten && response.writableNeedDrain && !this.isOver) {
      this.connection?.pause()
      this.targetIsHeld = true
      this.beWatched()
      response.once('drain', () => {
        this.targetIsHeld = false
        this.connection?.resume()
      })
    }
    return unwritten
  }

  drain(): void {}

  failure(error: Error): void {
    if (this.isOver) return
    this.isOver = true
    if (this.status === 0) {
      this.observer.failed(new ForwardError(error))
      return
    }
    // Part of an answer is out: only a broken connection tells the client that the rest will not come.
    this.response.destroy()
    this.observer.cut('target', error)
  }

  progress(): number {
    return this.targetIsHeld || this.isOver ? this.answered - this.response.writableLength : Number.NaN
  }

  look(): void {
    // Fails if the client has reset the connection.
    this.request.socket.write('')
  }

  /** The client has taken nothing of its answer for too long. */
  stalled(): void {
    this.response.destroy()
    this.clientClosed()
  }

  protected beWatched(): void {
    if (this.isWatched) return
    this.isWatched = true
    this.context.watch.add(this)
  }

  protected clientClosed(): void {
    if (this.isOver) return
    this.isOver = true
    if (this.connection) this.context.pool.discard(this.connection)
    this.observer.cut('client', undefined)
  }

  protected release(connection: TargetConnection): void {
    this.context.pool.release(connection)
  }

  private writeHeld(): void {
    if (this.held === '') return
    const text = this.held
    this.held = ''
    this.response.write(text, 'latin1')
  }
}
