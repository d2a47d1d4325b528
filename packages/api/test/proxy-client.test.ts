import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ProxyApiClient } from '../src/client.js'
import { quoteSegment, routespecFromKey, routespecToApiPath } from '../src/proxy/routespec.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Seen {
  readonly method: string
  readonly url: string
  readonly token: string | undefined
  readonly body: string
}

/** An HTTP server that answers as told and notes what it was asked. */
async function startApi(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const seen: Seen[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', token: request.headers.authorization, body })
      answer(request, response, seen.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  return { seen, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function connect(apiUrl: string, options: { deadlineMs?: number; concurrency?: number; hostRouting?: boolean } = {}) {
  const client = new ProxyApiClient({ apiUrl, authToken: 'secret', firstRetryMs: 1, ...options })
  closers.push(() => client.close())
  return client
}

const json = (response: ServerResponse, value: unknown): void => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

test('routes are added under their encoded path with the token, data and target', async () => {
  const api = await startApi((_request, response) => response.writeHead(201).end())
  const client = connect(api.url)
  await client.addRoute('/user/na%C3%AFve@x/', 'http://127.0.0.1:1', { jupyterhub: true, user: 'naïve@x' })
  await client.addRoute('/user/秀 b', 'http://127.0.0.1:2')
  await client.addRoute('/', 'http://127.0.0.1:3')
  expect(api.seen.map(({ method, url, token }) => [method, url, token])).toEqual([
    ['POST', '/api/routes/user/na%C3%AFve@x', 'token secret'],
    ['POST', '/api/routes/user/%E7%A7%80%20b', 'token secret'],
    ['POST', '/api/routes/', 'token secret'],
  ])
  expect(JSON.parse(api.seen[0]?.body ?? '')).toEqual({
    jupyterhub: true,
    user: 'naïve@x',
    target: 'http://127.0.0.1:1',
  })
})

test('the table comes back by routespec, encoded as it was added', async () => {
  const api = await startApi((_request, response) =>
    json(response, { '/': { target: 'h' }, '/user/naïve@x': { target: 't', user: 'naïve@x', jupyterhub: true } }),
  )
  const table = await connect(api.url).getRoutes()
  expect([...table.keys()]).toEqual(['/', '/user/na%C3%AFve@x/'])
  expect(table.get('/user/na%C3%AFve@x/')).toEqual({ target: 't', user: 'naïve@x', jupyterhub: true })
})

test('with host routing a routespec starts with the host', async () => {
  const api = await startApi((_request, response) =>
    json(response, { '/': { target: 'h' }, '/a.example/x': { target: 't' } }),
  )
  const client = connect(api.url, { hostRouting: true })
  expect([...(await client.getRoutes()).keys()]).toEqual(['/', 'a.example/x/'])
  await client.addRoute('a.example/x/', 'http://t')
  expect(api.seen[1]?.url).toBe('/api/routes/a.example/x')
})

test('a route that is not there is undefined, and deleting it is false', async () => {
  const api = await startApi((_request, response) => response.writeHead(404).end())
  const client = connect(api.url)
  expect(await client.getRoute('/nobody/')).toBeUndefined()
  expect(await client.deleteRoute('/nobody/')).toBe(false)
})

test('an answer of 500 and a broken connection are tried again', async () => {
  const api = await startApi((request, response, count) => {
    if (count === 1) response.writeHead(503).end()
    else if (count === 2) request.socket.destroy()
    else response.writeHead(204).end()
  })
  expect(await connect(api.url).deleteRoute('/x/')).toBe(true)
  expect(api.seen).toHaveLength(3)
})

test('a refused token and other 4xx fail at once and say what to do', async () => {
  const api = await startApi((request, response) =>
    response.writeHead(request.method === 'GET' ? 403 : 400).end('no target'),
  )
  const client = connect(api.url)
  await expect(client.getRoutes()).rejects.toMatchObject({ code: 'proxy_token_refused' })
  await expect(client.addRoute('/x', 'y')).rejects.toMatchObject({ code: 'proxy_answer_unusable', answerStatus: 400 })
  expect(api.seen).toHaveLength(2)
})

test('a silent proxy fails the call at its deadline, a dead one too', async () => {
  const api = await startApi(() => {})
  await expect(connect(api.url, { deadlineMs: 100 }).getRoutes()).rejects.toMatchObject({ code: 'proxy_unreachable' })
  await expect(connect('http://127.0.0.1:1', { deadlineMs: 50 }).getRoutes()).rejects.toMatchObject({
    code: 'proxy_unreachable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
})

test('no more requests are out than allowed, and an aborted one leaves the queue', async () => {
  let out = 0
  let most = 0
  const open: (() => void)[] = []
  const api = await startApi((_request, response) => {
    most = Math.max(most, ++out)
    open.push(() => (out--, response.writeHead(201).end()))
    if (open.length >= 2) for (const release of open.splice(0)) release()
  })
  const client = connect(api.url, { concurrency: 2 })
  const abort = new AbortController()
  const calls = [1, 2, 3, 4].map((n) => client.addRoute(`/${n}`, 'http://t'))
  const aborted = client.addRoute('/5', 'http://t', {}, abort.signal)
  abort.abort(new Error('changed my mind'))
  await expect(aborted).rejects.toThrow('changed my mind')
  await Promise.all(calls)
  expect(most).toBe(2)
  expect(api.seen.map(({ url }) => url)).not.toContain('/api/routes/5')
})

test('the API may be on a Unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-client-'))
  closers.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'api.sock')
  const server = createServer((request, response) => json(response, { [request.url ?? '']: { target: 't' } }))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  const table = await connect(`http+unix://${encodeURIComponent(path)}`).getRoutes()
  expect([...table.keys()]).toEqual(['/api/routes/'])
})

test('an answer that is not the table is an error, not a table', async () => {
  const api = await startApi((_request, response) => response.end('<html>'))
  await expect(connect(api.url).getRoutes()).rejects.toMatchObject({ code: 'proxy_answer_unusable' })
})

test('routespecs survive the way to a key and back', () => {
  for (const name of ['ada', 'na me', "o'neil", 'a@b', 'x~y', 'ü%20', '秀', 'a(b)*!']) {
    const spec = `/user/${quoteSegment(name)}/`
    expect(routespecFromKey(decodeURIComponent(routespecToApiPath(spec)))).toBe(spec)
  }
})
