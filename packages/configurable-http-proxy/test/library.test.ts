import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import ConfigurableProxyByDefault, {
  ConfigurableProxy,
  type ConfigurableProxyOptions,
  defaultLogger,
  parseListenOptions,
} from 'configurable-http-proxy'
import { describe, expect, test } from 'vitest'
import { ask, handshake, raw, startTarget, temporaryFolder, until } from './support.js'

const longAgo = new Date(Date.now() - 60_000)

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function start(options: ConfigurableProxyOptions = {}) {
  const proxy = new ConfigurableProxy({ authToken: 'secret', log: defaultLogger({ level: 'error' }), ...options })
  const servers = [proxy.proxyServer, proxy.apiServer, ...(proxy.metricsServer ? [proxy.metricsServer] : [])]
  const [at = '', api = '', metrics = ''] = await Promise.all(servers.map(listening))
  return {
    ...{ proxy, at, api, metrics },
    async addTarget(path: string, target: string) {
      await proxy.addRoute(path, { target })
      await proxy._routes.update(path, { last_activity: longAgo })
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

describe('ConfigurableProxy', () => {
  test('is what a program imports, by name and by default', () => {
    expect(ConfigurableProxyByDefault).toBe(ConfigurableProxy)
  })

  test('serves routes, and its storage is open to the program', async () => {
    await using target = await startTarget()
    await using started = await start()
    const { proxy, at, api, addTarget } = started
    await addTarget('/', target.url)
    expect(await proxy.targetForReq({ url: '/any/random/url?x' })).toEqual({ prefix: '/', target: target.url })
    expect((await ask(at, '/')).body).toBe('target')
    expect((await proxy._routes.get('/'))?.last_activity?.getTime()).toBeGreaterThan(longAgo.getTime())
    const headers = { authorization: `token ${proxy.authToken}` }
    const body = JSON.stringify({ target: target.url })
    expect((await ask(api, '/api/routes/user/foo%40bar', { method: 'POST', headers, body })).status).toBe(201)
    expect(await proxy._routes.get('/user/foo@bar')).toMatchObject({
      target: target.url,
      last_activity: expect.any(Date),
    })
    await proxy._routes.update('/user/foo@bar', { last_activity: new Date(1_000) })
    const old = await ask(api, `/api/routes?inactiveSince=${new Date(2_000).toISOString()}`, { headers })
    expect(Object.keys(old.json() as object)).toEqual(['/user/foo@bar'])
    await proxy.removeRoute('/user/foo@bar')
    expect(await proxy._routes.get('/user/foo@bar')).toBe(undefined)
    expect(await proxy._routes.getAll()).toHaveProperty('/')
  })

  test('a WebSocket moves the activity, errors do not', async () => {
    await using target = await startTarget()
    await using started = await start()
    const { proxy, at, addTarget } = started
    await addTarget('/ws', target.url)
    await addTarget('/missing', 'https://127.0.0.1:1')
    const { socket } = await raw(at, `${handshake('/ws')}hi`, 'hi')
    expect((await proxy._routes.get('/ws'))?.last_activity?.getTime()).toBeGreaterThan(longAgo.getTime())
    socket.destroy()
    expect((await ask(at, '/missing/prefix')).status).toBe(503)
    expect((await raw(at, handshake('/missing/ws'))).text).toMatch(/^HTTP\/1\.1 503/)
    expect((await proxy._routes.get('/missing'))?.last_activity).toEqual(longAgo)
  })

  test('listeners see requests and WebSockets before they are forwarded', async () => {
    await using target = await startTarget()
    await using started = await start({ defaultTarget: target.url })
    const { proxy, at } = started
    proxy.on('proxyRequest', (request: IncomingMessage, response: ServerResponse) => {
      request.headers['testing'] = 'passed'
      delete request.headers['x-drop']
      if (request.url === '/mine') response.end('mine')
    })
    proxy.on('proxyRequestWs', (request: IncomingMessage) => (request.headers['testing'] = 'passed too'))
    expect((await ask(at, '/', { headers: { 'x-drop': '1' } })).body).toBe('target')
    expect(target.seen[0]?.headers).toMatchObject({ testing: 'passed' })
    expect(target.seen[0]?.headers).not.toHaveProperty('x-drop')
    expect((await ask(at, '/mine')).body).toBe('mine')
    const { socket } = await raw(at, handshake('/'), '101')
    socket.destroy()
    expect(target.seen.map(({ headers }) => headers['testing'])).toEqual(['passed', 'passed too'])
  })

  test('settings may be changed while it runs', async () => {
    await using target = await startTarget()
    await using started = await start()
    const { proxy, at, addTarget } = started
    await addTarget('/bar', `${target.url}/foo`)
    const sent = async (): Promise<string | undefined> => {
      await ask(at, '/bar/rest?q')
      return target.seen.at(-1)?.url
    }
    expect(await sent()).toBe('/foo/bar/rest?q')
    proxy.includePrefix = false
    expect(await sent()).toBe('/foo/rest?q')
    proxy.proxy.options.prependPath = false
    expect(await sent()).toBe('/rest?q')
    proxy.hostRouting = true
    await addTarget('/some.Example', target.url)
    expect((await ask(at, '/x', { headers: { host: 'some.example:80' } })).body).toBe('target')
    using folder = temporaryFolder()
    writeFileSync(folder.at('404.html'), 'not here')
    writeFileSync(folder.at('error.html'), 'unknown')
    proxy.errorPath = folder.path
    expect((await ask(at, '/nope')).body).toBe('not here')
    await addTarget('/down', 'http://127.0.0.1:1')
    expect((await ask(at, '/x', { headers: { host: 'down' } })).body).toBe('unknown')
  })

  test.each(['tcp', 'unix'])('the error target, by %s', async (kind) => {
    using folder = temporaryFolder()
    const server = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/plain')
      response.end(new URL(request.url ?? '', 'http://x').searchParams.get('url'))
    })
    const errorTarget =
      kind === 'tcp'
        ? `http://${await listening(server)}/hub/error`
        : `http+unix://${encodeURIComponent(folder.at('s'))}`
    if (kind === 'unix') await new Promise<void>((resolve) => server.listen(folder.at('s'), resolve))
    await using started = await start({ errorTarget })
    for (const [path, status] of [
      ['/foo/bar', 404],
      ['/%', 500],
    ] as const) {
      const answer = await ask(started.at, path)
      expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([status, 'text/plain', path])
    }
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('TLS towards targets with a client certificate, given as bytes', async () => {
    using folder = temporaryFolder()
    for (const name of ['target', 'proxy']) {
      const files = ['-keyout', folder.at(`${name}.key`), '-out', folder.at(`${name}.crt`)]
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject, '-days', '2'], {
        stdio: 'pipe',
      })
    }
    const read = (name: string) => readFileSync(folder.at(name))
    const identity = (name: string) => ({ key: read(`${name}.key`), cert: read(`${name}.crt`) })
    const server = createSecureServer(
      { ...identity('target'), ca: read('proxy.crt'), requestCert: true, rejectUnauthorized: true },
      (_request, response) => void response.end('secure'),
    )
    const target = `https://${await listening(server)}`
    await using started = await start({
      ssl: identity('target'),
      clientSsl: { ...identity('proxy'), ca: read('target.crt') },
    })
    await started.addTarget('/', target)
    const { request } = await import('node:https')
    const body = await new Promise<string>((resolve, reject) => {
      request(`https://${started.at}/`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      })
        .on('error', reject)
        .end()
    })
    expect(body).toBe('secure')
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('metrics are served on a server of their own', async () => {
    await using started = await start({ enableMetrics: true })
    expect((await ask(started.at, '/x')).status).toBe(404)
    const { body } = await ask(started.metrics, '/metrics')
    expect(body).toMatch(/^requests_web 1$/m)
    expect(body).toMatch(/^requests_proxy\{status="404"\} 1$/m)
  })

  test('holds clients to what they may have at once, and to keep moving', async () => {
    await using target = await startTarget('slow', (_request, response) => {
      response.writeHead(200).flushHeaders()
    })
    await using started = await start({ defaultTarget: target.url, maxRequestsPerClient: 2, maxRequestsPerRoute: 1 })
    const open = await raw(started.at, 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n', ' 200 ')
    expect((await ask(started.at, '/b')).status).toBe(503)
    await using few = await start({
      ...{ defaultTarget: target.url, maxConnectionsPerClient: 1, maxRequestsPerClient: 1 },
      ...{ trustedProxies: ['192.0.2.1'], stallTimeout: 500 },
    })
    const body = 'POST /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\nContent-Length: 5\r\n\r\nabc'
    const stands = raw(few.at, body)
    await until('the request', () => target.seen.length === 2)
    expect((await raw(few.at, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).text).toBe('')
    // Cut off in the middle of its body, its head having been answered.
    expect((await stands).text).toMatch(/^HTTP\/1\.1 200 /)
    open.socket.destroy()
  })

  test('targets on Unix sockets', async () => {
    using folder = temporaryFolder()
    const server = createServer((request, response) => void response.end(request.url))
    await new Promise<void>((resolve) => server.listen(folder.at('s'), resolve))
    await using started = await start({ defaultTarget: `http+unix://${encodeURIComponent(folder.at('s'))}/base` })
    expect((await ask(started.at, '/unix/foo?q')).body).toBe('/base/unix/foo?q')
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('the default target and storage back ends', async () => {
    const proxy = new ConfigurableProxy({
      defaultTarget: 'http://127.0.0.1:9001',
      log: defaultLogger({ level: 'error' }),
    })
    expect((await proxy._routes.get('/'))?.target).toBe('http://127.0.0.1:9001')
    expect(() => new ConfigurableProxy({ storageBackend: 'mybackend' })).toThrow(/Cannot find module 'mybackend'/)
    using folder = temporaryFolder()
    writeFileSync(folder.at('store.cjs'), 'module.exports = class MyStore { constructor(o) { this.options = o } }')
    const mine = new ConfigurableProxy({ storageBackend: folder.at('store.cjs'), authToken: 't' })
    expect(mine._routes.constructor.name).toBe('MyStore')
    expect(mine._routes).toHaveProperty('options.authToken', 't')
  })

  test('options with underscores', async () => {
    const warned: string[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (text: string) => void warned.push(text), child: () => log }
    const proxy = new ConfigurableProxy({ default_target: 'http://a', log })
    await until('the route', async () => (await proxy._routes.get('/')) !== undefined)
    expect(warned).toEqual(['option default_target is deprecated, use defaultTarget.'])
  })
})

test.each([
  [{}, { port: 8000, ip: undefined, proxyTarget: [8000, undefined], apiPort: 8001, apiTarget: [8001, undefined] }],
  [
    { ip: '127.0.0.1', port: '9000', apiIp: 'localhost', metricsPort: 9002, metricsIp: '' },
    {
      ...{ port: 9000, ip: '127.0.0.1', proxyTarget: [9000, '127.0.0.1'] },
      ...{ apiPort: 9001, apiTarget: [9001, 'localhost'], metricsTarget: [9002, ''] },
    },
  ],
  [
    { ip: '*', port: 1 },
    { port: 1, ip: '', proxyTarget: [1, ''], apiPort: 2, apiTarget: [2, undefined] },
  ],
  [
    { socket: '/p', apiSocket: '/a', metricsSocket: '/m' },
    { proxyTarget: ['/p'], apiTarget: ['/a'], metricsTarget: ['/m'] },
  ],
  [{ socket: '/p' }, { proxyTarget: ['/p'], apiPort: 8001, apiTarget: [8001, undefined] }],
])('parseListenOptions(%j)', (flags, expected) => {
  expect(parseListenOptions(flags, { warn: () => {} })).toEqual(expected)
})
