import { createServer, type IncomingMessage, type RequestListener, type Server as HttpServer } from 'node:http'
import { connect, createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  Forwarder,
  joinTargetUrl,
  parseRequestUrl,
  parseTarget,
  refuseUpgrade,
  requestDefect,
  type ExchangeObserver,
  type ForwarderOptions,
} from '@hub/forward'

/** Resolves when the condition holds. */
export async function until(what: string, condition: () => unknown, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What an observer was told, in order: `answered 200`, `finished 200`, `failed ECONNREFUSED`, `cut client`. */
export interface Front extends AsyncDisposable {
  readonly port: number
  readonly events: string[]
  readonly clientActive: { count: number }
  readonly forwarder: Forwarder
  readonly server: HttpServer
  /** Requests and handshakes that were handed to the forwarder. */
  readonly exchanges: number
}

/** A server that forwards all to one target. */
export async function startFront(target: string, options: ForwarderOptions = {}): Promise<Front> {
  const forwarder = new Forwarder(options)
  const parsed = parseTarget(target)
  const events: string[] = []
  const clientActive = { count: 0 }
  const sockets = new Set<Socket>()
  let exchanges = 0
  const observer = (failed: () => void): ExchangeObserver => ({
    clientActive: () => clientActive.count++,
    answered: (status) => events.push(`answered ${status}`),
    finished: (status) => events.push(`finished ${status}`),
    cut: (by) => events.push(`cut ${by}`),
    failed: (error) => {
      events.push(`failed ${error.reason}`)
      failed()
    },
  })
  const urlOf = (request: IncomingMessage): string => {
    const url = parseRequestUrl(request.url ?? '/')
    if (!url) throw new Error('the URL cannot be read')
    return joinTargetUrl(parsed, url)
  }
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    if (requestDefect(request) !== undefined) {
      response.writeHead(400, { connection: 'close', 'content-length': 0 }).end()
      return
    }
    exchanges++
    const failed = (): void => void response.writeHead(503, { 'content-length': 4 }).end('gone')
    forwarder.web(request, response, parsed, urlOf(request), observer(failed))
  })
  server.maxHeadersCount = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
    exchanges++
    const failed = (): void => refuseUpgrade(socket, 503)
    forwarder.upgrade(request, socket, early, parsed, urlOf(request), observer(failed))
  })
  const port = await listenOn(server)
  return {
    port,
    events,
    clientActive,
    forwarder,
    server,
    get exchanges() {
      return exchanges
    },
    async [Symbol.asyncDispose]() {
      forwarder.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface RawTarget extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** All bytes of each connection, in order of arrival, as latin1. */
  readonly received: string[]
  readonly sockets: Socket[]
  readonly open: () => number
}

/** A server of bytes. @param onData - called with all that came on this connection so far */
export async function rawTarget(
  onData: (text: string, socket: Socket, connection: number) => void = () => {},
  place: number | string = 0,
): Promise<RawTarget> {
  const received: string[] = []
  const sockets: Socket[] = []
  const server = createNetServer({ allowHalfOpen: false }, (socket) => {
    const at = received.push('') - 1
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.on('data', (text: string) => {
      received[at] = (received[at] ?? '') + text
      onData(received[at] ?? '', socket, at)
    })
  })
  const port = await listenOn(server, place)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    sockets,
    open: () => sockets.filter((socket) => !socket.destroyed).length,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers each request head with `answer`, whatever it says; for requests without a body. */
export function answering(answer: string): (text: string, socket: Socket) => void {
  const answered = new WeakMap<Socket, number>()
  return (text, socket) => {
    const heads = text.split('\r\n\r\n').length - 1
    for (let i = answered.get(socket) ?? 0; i < heads; i++) socket.write(answer, 'latin1')
    answered.set(socket, heads)
  }
}

export interface HttpTarget extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly server: HttpServer
}

export async function httpTarget(listener: RequestListener): Promise<HttpTarget> {
  const server = createServer({ requestTimeout: 0 }, listener)
  const port = await listenOn(server)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function listenOn(server: Server, place: number | string = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (typeof place === 'string') server.listen(place, resolve)
    else server.listen(place, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo | string
  return typeof address === 'string' ? 0 : address.port
}

/** A client of bytes. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  text(): string
  send(text: string): void
  /** All that came, once it contains `part`. */
  wait(part: string | RegExp): Promise<string>
  /** All that came until the server closed. */
  closed(): Promise<string>
}

export async function rawClient(port: number, first = ''): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let isClosed = false
  socket.setEncoding('latin1')
  socket.on('data', (more: string) => (text += more))
  socket.on('error', () => {})
  socket.on('end', () => (isClosed = true))
  socket.on('close', () => (isClosed = true))
  await new Promise((resolve) => socket.once('connect', resolve))
  if (first !== '') socket.write(first, 'latin1')
  return {
    socket,
    text: () => text,
    send: (more) => void socket.write(more, 'latin1'),
    wait: async (part) => {
      await until(`bytes with ${String(part)} (${JSON.stringify(text.slice(0, 300))})`, () =>
        typeof part === 'string' ? text.includes(part) : part.test(text),
      )
      return text
    },
    closed: async () => {
      await until(`the close after ${JSON.stringify(text.slice(0, 300))}`, () => isClosed)
      return text
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** Sends bytes, with `Connection: close` in them, and takes what comes until the close. */
export async function exchange(port: number, text: string): Promise<string> {
  using client = await rawClient(port, text)
  return await client.closed()
}

export const get = (path = '/', headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: front\r\n${headers}Connection: close\r\n\r\n`

export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
export const headOf = (answer: string): string => answer.slice(0, answer.indexOf('\r\n\r\n') + 2).toLowerCase()

/** Takes the framing off a chunked body. */
export function unchunked(body: string): string {
  let rest = body
  let text = ''
  for (;;) {
    const line = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, line), 16)
    if (!(size > 0)) return text
    text += rest.slice(line + 2, line + 2 + size)
    rest = rest.slice(line + 4 + size)
  }
}
