import { STATUS_CODES, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiAnswer, ApiRequest } from './api.js'
import type { MaybePromise } from './route-store.js'

export interface DirectAnswersOptions {
  readonly answer: (request: ApiRequest) => MaybePromise<ApiAnswer>
  readonly keepAliveTimeoutMs: number
  /** Called when a request is begun; what it gives back, when it is answered. */
  readonly begin: () => () => void
}

const requestLine = /^(GET|POST|DELETE) (\/[!-~]*) HTTP\/1\.1$/
const headerLine = /^([A-Za-z0-9-]+): ?([ -~]*)$/
const maxHeadBytes = 8 * 1024
/** More than a route ever has to say. */
const maxDirectBodyBytes = 64 * 1024
/** For the rest of a request that has begun. */
const requestTimeoutMs = 60_000

/**
 * Answers the requests that a hub sends, thousands in a row, without the objects Node makes for each: that is most of
 * what a change of a route costs. Only requests of the plainest form are read here, in ASCII, whole and with at most a
 * length; with the first that is anything else the connection is given to the server, where it stays.
 *
 * @param server - does not listen yet
 */
export function answerDirectly(server: Server, isSecure: boolean, options: DirectAnswersOptions): void {
  const event = isSecure ? 'secureConnection' : 'connection'
  // The listener that node has put there by which the server parses what comes.
  const [parse] = server.listeners(event) as ((socket: Socket) => void)[]
  if (parse === undefined) return
  server.off(event, parse)
  server.on(event, (socket: Socket) => {
    new DirectConnection(socket, options, () => parse.call(server, socket)).start()
  })
}

interface Head {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly bodyBytes: number
  readonly bytes: number
}

class DirectConnection {
  private unread: Buffer | undefined
  private isAnswering = false
  /** The client has said all it will. */
  private hasEnded = false

  constructor(
    private readonly socket: Socket,
    private readonly options: DirectAnswersOptions,
    private readonly giveAway: () => void,
  ) {}

  start(): void {
    const { socket, options } = this
    socket.setNoDelay(true)
    socket.on('data', this.onData)
    socket.on('end', this.onEnd)
    socket.on('timeout', this.onTimeout)
    socket.on('error', this.onTimeout)
    socket.setTimeout(options.keepAliveTimeoutMs)
  }

  private readonly onData = (bytes: Buffer): void => {
    this.unread = this.unread === undefined ? bytes : Buffer.concat([this.unread, bytes])
    this.readOn()
  }

  private readonly onEnd = (): void => {
    this.hasEnded = true
    if (!this.isAnswering) this.socket.end()
  }

  private readonly onTimeout = (): void => {
    this.socket.destroy()
  }

  private readOn(): void {
    const { socket, options } = this
    while (this.unread !== undefined && !this.isAnswering) {
      const head = readHead(this.unread)
      if (head === undefined) {
        this.stop()
        return
      }
      const end = head.bytes + head.bodyBytes
      if (this.unread.length < end) {
        socket.setTimeout(requestTimeoutMs)
        return
      }
      const body = head.bodyBytes === 0 ? '' : this.unread.toString('utf8', head.bytes, end)
      this.unread = this.unread.length === end ? undefined : this.unread.subarray(end)
      const { method, url, authorization } = head
      const ended = options.begin()
      const answer = options.answer({ method, url, authorization, body: () => body })
      if (answer instanceof Promise) {
        this.isAnswering = true
        socket.pause().setTimeout(0)
        void answer.then((each) => {
          this.send(each)
          ended()
          this.goOn()
        })
      } else {
        this.send(answer)
        ended()
        if (!socket.writableNeedDrain) continue
        this.isAnswering = true
        this.goOn()
      }
    }
  }

  /** With the next request, once the client has taken its answers: whoever only asks must not fill the memory. */
  private readonly goOn = (): void => {
    const { socket } = this
    if (socket.writableNeedDrain) {
      socket.pause().once('drain', this.goOn)
      return
    }
    this.isAnswering = false
    socket.resume()
    this.readOn()
    if (this.hasEnded) this.onEnd()
  }

  private send({ status, body, isJson }: ApiAnswer): void {
    const { socket, options } = this
    if (socket.destroyed) return
    const seconds = Math.floor(options.keepAliveTimeoutMs / 1_000)
    const type = isJson ? 'Content-Type: application/json\r\n' : ''
    // 204 never has a body, and must not tell a length.
    const length = status === 204 ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
    const keep = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${type}${length}Date: ${dateNow()}\r\n${keep}\r\n${body}`,
    )
    socket.setTimeout(options.keepAliveTimeoutMs)
  }

  /** The server goes on with what has come. */
  private stop(): void {
    const { socket, unread } = this
    socket
      .off('data', this.onData)
      .off('end', this.onEnd)
      .off('timeout', this.onTimeout)
      .off('error', this.onTimeout)
      .setTimeout(0)
    socket.pause()
    this.unread = undefined
    if (unread !== undefined) socket.unshift(unread)
    this.giveAway()
    socket.resume()
  }
}

/** @returns undefined unless the head is there as a whole and of the plainest form */
function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0 || end > maxHeadBytes) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const request = requestLine.exec(first)
  if (request === null) return undefined
  const [, method = '', url = ''] = request
  let authorization: string | undefined
  let length: string | undefined
  let hosts = 0
  for (const line of lines) {
    const header = headerLine.exec(line)
    if (header === null) return undefined
    const value = (header[2] ?? '').trim()
    switch ((header[1] ?? '').toLowerCase()) {
      case 'host':
        hosts++
        break
      case 'authorization':
        if (authorization !== undefined) return undefined
        authorization = value
        break
      case 'content-length':
        if (length !== undefined || !/^\d{1,7}$/.test(value)) return undefined
        length = value
        break
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return undefined
        break
      case 'transfer-encoding':
      case 'expect':
      case 'upgrade':
      case 'te':
      case 'trailer':
        return undefined
    }
  }
  const bodyBytes = Number(length ?? 0)
  if (hosts !== 1 || bodyBytes > maxDirectBodyBytes || (bodyBytes > 0 && method !== 'POST')) return undefined
  return { method, url, authorization, bodyBytes, bytes: end + 4 }
}

let date = { at: 0, text: '' }

function dateNow(): string {
  const at = Math.floor(Date.now() / 1_000)
  if (date.at !== at) date = { at, text: new Date(at * 1_000).toUTCString() }
  return date.text
}
