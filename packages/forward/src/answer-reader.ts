import { ChunkedDecoder } from './chunked.js'
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

const maxHeadBytes = 64 * 1024
const headEnd = Buffer.from('\r\n\r\n')
const bareLineEnd = Buffer.from('\n\n')
const protocol = 'HTTP/1.'

/** `tunnel`: bytes pass as they come, after a 101. `stopped`: nothing is told any more. */
type State = 'idle' | 'head' | 'body' | 'tunnel' | 'stopped'

/** Makes answers of the bytes of one connection, however they are cut, and tells them to whoever asked. */
export class AnswerReader {
  handler: AnswerHandler | undefined
  state: State = 'idle'
  /** Bytes of the present answer have come. */
  anyByte = false
  /** Answers that were complete. */
  answers = 0
  /** Nothing has come that speaks against another request on the connection. */
  reusable = true
  /** How long the target says it keeps an idle connection. */
  keepAliveMs: number | undefined
  private bodyless = false
  private partialHead: Buffer | undefined
  private framing: BodyFraming = 'none'
  private left = 0
  private chunked: ChunkedDecoder | undefined

  /** @param bodyless - the request is a HEAD */
  expect(handler: AnswerHandler, bodyless: boolean): void {
    this.handler = handler
    this.state = 'head'
    this.bodyless = bodyless
    this.anyByte = false
  }

  /** From now on bytes pass as they come; call it from `head` of a 101. */
  passAll(handler: AnswerHandler): void {
    this.handler = handler
    this.state = 'tunnel'
    this.chunked = undefined
  }

  stop(): void {
    this.handler = undefined
    this.state = 'stopped'
  }

  /** The next bytes are in the middle of a body. */
  get isWithinBody(): boolean {
    return this.state === 'body' && (this.framing !== 'length' || this.left > 0)
  }

  /** @throws {@link ResponseSyntaxError} */
  read(bytes: Buffer, shared: boolean, handler: AnswerHandler): void {
    this.anyByte = true
    let at = 0
    if (this.state === 'head') {
      at = this.readHead(bytes, handler)
      if (at < 0) return
    }
    if (this.state === 'tunnel') {
      // Not the one that was told the head: it has handed over.
      if (at < bytes.length) this.handler?.body(bytes.subarray(at), shared)
      return
    }
    if (this.state === 'body') this.readBody(bytes, at, shared, handler)
  }

  /** The target has said all it will. @returns whether that was the end of an answer */
  end(): boolean {
    const { handler } = this
    if (this.state !== 'body' || this.framing !== 'until-close' || !handler) return false
    this.complete(handler, true)
    handler.settled()
    return true
  }

  /** @returns where the body begins, or -1 when the head goes on */
  private readHead(bytes: Buffer, handler: AnswerHandler): number {
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
    this.state = 'body'
    handler.head(head)
    // The handler may have made this a tunnel, or ended it.
    if (this.state === 'body' && head.framing === 'none') this.complete(handler, moreFollows)
  }

  private readBody(bytes: Buffer, from: number, shared: boolean, handler: AnswerHandler): void {
    switch (this.framing) {
      case 'length': {
        const end = Math.min(bytes.length, from + this.left)
        this.left -= end - from
        if (end > from) handler.body(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end), shared)
        if (this.left === 0 && this.state === 'body') this.complete(handler, end < bytes.length)
        return
      }
      case 'chunked': {
        const decoder = this.chunked
        if (!decoder) return
        const end = decoder.decode(bytes, from, bytes.length, (start, stop) => {
          if (this.state === 'body') handler.body(bytes.subarray(start, stop), shared)
        })
        if (decoder.done && this.state === 'body') this.complete(handler, end < bytes.length)
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
    this.state = 'idle'
    this.answers++
    if (moreFollows) this.reusable = false
    this.chunked = undefined
    handler.end()
  }
}

/** What will never become an answer is refused at once: a server of another kind may wait for us to speak. */
function refuseOtherProtocols(bytes: Buffer, from: number): void {
  const start = bytes.toString('latin1', from, from + protocol.length)
  if (!protocol.startsWith(start)) throw new ResponseSyntaxError('the target does not speak HTTP/1.x')
  if (bytes.includes(bareLineEnd, from)) throw new ResponseSyntaxError('a bare line feed in the head of the answer')
}
