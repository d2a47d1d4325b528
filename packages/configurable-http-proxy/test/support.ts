import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { silentLog } from '@hub/api/base'
import { createProxy, defaultOptions, type Proxy, type ProxyOptions } from 'configurable-http-proxy'

export async function until(what: string, condition: () => unknown, deadlineMs = 10_000): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: () => unknown
}

export interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
  readonly socketPath?: string
}

/** Asks `http://host:port`, with the path exactly as given. */
export function ask(
  origin: string,
  path: string,
  { method = 'GET', headers = {}, body, socketPath }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const place = socketPath === undefined ? new URL(`http://${origin}`) : undefined
    const where =
      place === undefined ? { socketPath } : { host: place.hostname.replace(/[[\]]/g, ''), port: place.port }
    const request = httpRequest(
      { ...where, path, method, headers, agent: false, signal: AbortSignal.timeout(15_000) },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
            json: () => JSON.parse(text) as unknown,
          })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

export interface TestProxy extends AsyncDisposable {
  readonly proxy: Proxy
  readonly at: string
  readonly api: string
  get(path: string, asked?: Asked): Promise<Answer>
  route(path: string, data: unknown, asked?: Asked): Promise<Answer>
  callApi(method: string, path: string, asked?: Asked): Promise<Answer>
  table(): Promise<Record<string, { target: string; last_activity: string }>>
}

export async function startProxy(options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
  const place = { host: '127.0.0.1', port: 0 }
  const proxy = createProxy({ ...defaultOptions, listen: place, api: place, drainMs: 200, ...options }, silentLog)
  await proxy.start()
  const { proxy: at, api } = proxy.addresses
  const token = options.authToken === undefined ? {} : { authorization: `token ${options.authToken}` }
  const callApi = (method: string, path: string, asked: Asked = {}): Promise<Answer> =>
    ask(api, path, { method, ...asked, headers: { ...token, ...asked.headers } })
  return {
    proxy,
    at,
    api,
    get: (path, asked) => ask(at, path, asked),
    callApi,
    route: (path, data, asked) => callApi('POST', `/api/routes${path}`, { body: JSON.stringify(data), ...asked }),
    table: async () =>
      (await callApi('GET', '/api/routes')).json() as Record<string, { target: string; last_activity: string }>,
    [Symbol.asyncDispose]: () => proxy.stop(),
  }
}

export interface Target extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly seen: { method: string; url: string; headers: IncomingHttpHeaders }[]
  readonly server: Server
}

/** A target that says its name, or what `listener` says. */
export async function startTarget(name = 'target', listener?: RequestListener): Promise<Target> {
  const seen: Target['seen'] = []
  const upgraded = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    if (listener) listener(request, response)
    else response.end(name)
  })
  server.on('upgrade', (request, socket: Socket) => {
    seen.push({ method: 'UPGRADE', url: request.url ?? '', headers: request.headers })
    upgraded.add(socket)
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    server,
    async [Symbol.asyncDispose]() {
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Sends bytes; takes what comes until the close or until `done` is in it. */
export async function raw(
  origin: string,
  text: string | Buffer,
  done?: string | RegExp,
): Promise<{ text: string; socket: Socket }> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(origin) ?? []
  const socket = connect(Number(port), host.replace(/[[\]]/g, ''))
  let got = ''
  let closed = false
  socket.setEncoding('latin1')
  socket.on('data', (more: string) => (got += more))
  socket.on('error', () => {})
  socket.on('end', () => (closed = true))
  socket.on('close', () => (closed = true))
  socket.write(text)
  await until(
    'an answer',
    () => closed || (done !== undefined && (typeof done === 'string' ? got.includes(done) : done.test(got))),
  )
  if (done === undefined) socket.destroy()
  return {
    get text() {
      return got
    },
    socket,
  }
}

export const handshake = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n${headers}\r\n`

/** A folder that goes with the test. */
export function temporaryFolder(): Disposable & { readonly path: string; at(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'chp-'))
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export async function freePort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

export interface ProxyProcess extends AsyncDisposable {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>
  line(part: string | RegExp): Promise<void>
}

/** Runs the command itself. */
export function run(args: readonly string[], env: Record<string, string> = {}): ProxyProcess {
  const child = spawn(process.execPath, ['--conditions=@hub/source', '--import', 'tsx', bin, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal ?? '')),
  )
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    ended,
    line: (part) =>
      until(
        `the line ${String(part)} in ${out}${err}`,
        () => (typeof part === 'string' ? out.includes(part) : part.test(out)),
        20_000,
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
