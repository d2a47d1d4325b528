import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { handshake, raw, startProxy, startTarget, type TestProxy, until } from './support.js'

/** Sets the route's time back to see whether what follows moves it. */
async function moves(proxy: TestProxy, act: () => Promise<unknown>): Promise<boolean> {
  const before = (await proxy.table())['/r']?.last_activity ?? ''
  await until('the clock', () => new Date().toISOString() > before)
  await act()
  return ((await proxy.table())['/r']?.last_activity ?? '') > before
}

describe('activity of a route', () => {
  test.each([
    [200, true],
    [204, true],
    [302, false],
    [304, false],
    [404, false],
    [500, false],
  ])('an answer %i: %s', async (status, expected) => {
    await using proxy = await startProxy()
    await using target = await startTarget('x', (_request, response) => response.writeHead(status).end())
    await proxy.route('/r', { target: target.url })
    expect(await moves(proxy, () => proxy.get('/r'))).toBe(expected)
  })

  test('a body counts whatever is answered', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget(
      'x',
      (request, response) => void request.resume().on('end', () => response.writeHead(500).end()),
    )
    await proxy.route('/r', { target: target.url })
    expect(await moves(proxy, () => proxy.get('/r', { method: 'POST', body: 'x' }))).toBe(true)
  })

  test('the start of a stream and a stream cut short do not count', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget('x', (_request, response) => response.writeHead(200).write('data'))
    await proxy.route('/r', { target: target.url })
    expect(
      await moves(proxy, async () => {
        const { socket } = await raw(proxy.at, 'GET /r HTTP/1.1\r\nHost: a\r\n\r\n', 'data')
        socket.destroy()
        await until(
          'the end at the target',
          () => new Promise((resolve) => target.server.getConnections((_error, count) => resolve(count === 0))),
        )
      }),
    ).toBe(false)
  })

  test('a target that is down and reading the API do not count', async () => {
    await using proxy = await startProxy()
    await proxy.route('/r', { target: 'http://127.0.0.1:9' })
    expect(await moves(proxy, () => Promise.all([proxy.get('/r'), proxy.callApi('GET', '/api/routes/r')]))).toBe(false)
  })

  test('on a WebSocket bytes of the client count, and neither its opening nor bytes of the target', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget()
    await proxy.route('/r', { target: target.url })
    let socket!: Awaited<ReturnType<typeof raw>>['socket']
    expect(await moves(proxy, async () => ({ socket } = await raw(proxy.at, handshake('/r'), '101')))).toBe(false)
    expect(
      await moves(proxy, async () => {
        const echoed = new Promise((resolve) => socket.once('data', resolve))
        socket.write('pong')
        await echoed
      }),
    ).toBe(true)
    socket.destroy()
  })
})

describe('WebSockets', () => {
  test.each([
    ['without a route', '/none', 404],
    ['with a malformed path', '/%', 500],
    ['to a target that is down', '/down', 503],
  ])('%s: %s is refused with %i and closed', async (_what, path, status) => {
    await using errors = await startTarget('page')
    await using proxy = await startProxy({ errorTarget: errors.url })
    await proxy.route('/down', { target: 'http://127.0.0.1:9' })
    const { text } = await raw(proxy.at, handshake(path))
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Content-Length: 0\r\n[^]*\r\n\r\n$`))
    expect(errors.seen).toEqual([])
  })

  test('the path is joined like that of a request', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget()
    await proxy.route('/r', { target: `${target.url}/base` })
    const { socket } = await raw(proxy.at, handshake('/r/ws?x=1'), '101')
    socket.destroy()
    expect(target.seen[0]).toMatchObject({ method: 'UPGRADE', url: '/base/r/ws?x=1' })
  })

  test.each([
    ['h2c', 'GET', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n'],
    ['a WebSocket by POST', 'POST', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  ])('%s is an ordinary request', async (_what, method, headers) => {
    await using proxy = await startProxy()
    await using target = await startTarget('plain')
    await proxy.route('/', { target: target.url })
    const { text, socket } = await raw(proxy.at, `${method} /x HTTP/1.1\r\nHost: a\r\n${headers}\r\n`, 'plain')
    socket.destroy()
    expect(text).toMatch(/^HTTP\/1.1 200 /)
    expect(target.seen[0]).toMatchObject({ method, url: '/x' })
    expect(target.seen[0]?.headers).not.toHaveProperty('upgrade')
    expect(target.seen[0]?.headers).not.toHaveProperty('http2-settings')
  })

  test.each(['Content-Length: 34\r\n\r\n%', 'Transfer-Encoding: chunked\r\n\r\n22\r\n%\r\n0\r\n\r\n'])(
    'the body of a request that offers h2c stays its body, and the connection is used again',
    async (rest) => {
      const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r'
      await using proxy = await startProxy()
      await using target = await startTarget('', (request, response) => void request.pipe(response))
      await proxy.route('/', { target: target.url })
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n'
      const first = head + rest.replace('%', body)
      const { text } = await raw(proxy.at, `${first}GET /plain HTTP/1.1\r\nHost: a\r\n\r\n${first}`)
      expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
      expect(target.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /', 'GET /plain', 'POST /'])
      expect(text.split(body)).toHaveLength(3)
    },
  )
})

describe('a WebSocket asked for before the answer to another request', () => {
  test('has its turn after that answer', async () => {
    let answer = (): void => {}
    await using proxy = await startProxy()
    await using target = await startTarget('', (_request, response) => void (answer = () => response.end('first')))
    await proxy.route('/', { target: target.url })
    const both = raw(proxy.at, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake('/ws')}`, ' 101 ')
    await until('the first request', () => target.seen.length === 1)
    answer()
    const { text, socket } = await both
    socket.destroy()
    expect(text).toMatch(/^HTTP\/1.1 200 [^]*first[^]*HTTP\/1.1 101 /)
  })

  test('a client that goes while several of its requests wait leaves no connection to the target', async () => {
    await using proxy = await startProxy()
    // More than sockets take on the way: without a reader, the target is held.
    await using target = await startTarget('', (_request, response) => void response.end(Buffer.alloc(50_000_000)))
    await proxy.route('/', { target: target.url })
    const { socket } = await raw(proxy.at, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(12), 'HTTP/1.1 200')
    socket.pause()
    const connections = () =>
      new Promise<number>((resolve, reject) => {
        target.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      })
    await vi.waitFor(async () => expect(await connections()).toBeGreaterThan(1), 5_000)
    socket.resetAndDestroy()
    await vi.waitFor(async () => expect(await connections()).toBe(0), 5_000)
  })

  test('is dropped when the client goes', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget('', (_request, response) => response.write('half'))
    await proxy.route('/', { target: target.url })
    const { socket } = await raw(proxy.at, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake('/ws')}`, 'half')
    socket.resetAndDestroy()
    expect((await proxy.get('/_chp_healthz')).status).toBe(200)
    expect(target.seen).toHaveLength(1)
  })
})

describe('headers and limits', () => {
  test('a custom header and a changed origin', async () => {
    await using proxy = await startProxy({ customHeaders: { 'X-Site': 'ours' }, changeOrigin: true })
    await using target = await startTarget()
    await proxy.route('/', { target: target.url })
    await proxy.get('/', { headers: { 'x-site': 'theirs', host: 'front' } })
    expect(target.seen[0]?.headers).toMatchObject({
      'x-site': 'ours',
      host: `127.0.0.1:${target.port}`,
      'x-forwarded-for': '127.0.0.1',
    })
  })

  test('without xForward nothing is added', async () => {
    await using proxy = await startProxy({ xForward: false })
    await using target = await startTarget()
    await proxy.route('/', { target: target.url })
    await proxy.get('/')
    expect(Object.keys(target.seen[0]?.headers ?? {}).filter((name) => name.startsWith('x-forwarded'))).toEqual([])
  })

  test('a location is rewritten when told so', async () => {
    await using proxy = await startProxy({ autoRewrite: true, protocolRewrite: 'https' })
    await using target = await startTarget('x', (request, response) =>
      response.writeHead(302, { location: `http://${String(request.headers['x-self'])}/y` }).end(),
    )
    await proxy.route('/', { target: target.url })
    const { headers } = await proxy.get('/', { headers: { host: 'front', 'x-self': `127.0.0.1:${target.port}` } })
    expect(headers.location).toBe('https://front/y')
  })

  test('a silent target is given up, a silent client closed', async () => {
    await using target = await startTarget('x', () => {})
    {
      await using proxy = await startProxy({ targetTimeoutMs: 50 })
      await proxy.route('/', { target: target.url })
      expect((await proxy.get('/')).status).toBe(503)
    }
    await using proxy = await startProxy({ clientTimeoutMs: 50 })
    await proxy.route('/', { target: target.url })
    const { text } = await raw(proxy.at, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(text).toBe('')
  })

  test('idle client connections are closed after the keep-alive timeout', async () => {
    await using proxy = await startProxy({ keepAliveTimeoutMs: 10 })
    const started = Date.now()
    const { text } = await raw(proxy.at, 'GET /_chp_healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(text).toContain('OK')
    expect(Date.now() - started).toBeLessThan(5_000)
  })

  test('too long heads, CONNECT and nonsense are refused', async () => {
    await using proxy = await startProxy()
    expect((await raw(proxy.at, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`)).text).toMatch(
      /^HTTP\/1.1 431/,
    )
    expect((await raw(proxy.at, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')).text).toBe('')
    expect((await raw(proxy.at, 'nonsense\r\n\r\n')).text).toMatch(/^HTTP\/1.1 400/)
  })

  test('a header behind two thousand others is not lost', async () => {
    await using proxy = await startProxy()
    await using target = await startTarget(
      'x',
      (request, response) =>
        void request.on('data', () => {}).on('end', () => response.end(request.headers['content-length'])),
    )
    target.server.maxHeadersCount = 0
    await proxy.route('/', { target: target.url })
    const { text } = await raw(
      proxy.at,
      `POST / HTTP/1.1\r\nHost: a\r\n${'a:\r\n'.repeat(2_100)}Connection: close\r\nContent-Length: 2\r\n\r\nok`,
    )
    expect(text).toMatch(/^HTTP\/1.1 200[^]*2$/)
  })
})

describe('the end', () => {
  test('the ports are free at once, what is under way may finish, WebSockets are not waited for', async () => {
    await using target = await startTarget(
      'x',
      (_request, response) => void setTimeout(() => response.end('late'), 150),
    )
    const proxy = await startProxy({ drainMs: 2_000 })
    await proxy.route('/', { target: target.url })
    const webSocket = await raw(proxy.at, handshake('/ws'), '101')
    const answer = proxy.get('/slow')
    await until('the request', () => target.seen.length === 2)
    const stopped = proxy.proxy.stop()
    for (const origin of [proxy.at, proxy.api]) {
      const [host = '', port = ''] = origin.split(':')
      await new Promise<void>((resolve, reject) => {
        connect(Number(port), host)
          .on('error', () => resolve())
          .on('connect', () => reject(new Error('still listening')))
      })
    }
    expect((await answer).body).toBe('late')
    const started = Date.now()
    await stopped
    expect(Date.now() - started).toBeLessThan(1_000)
    await until('the end of the WebSocket', () => webSocket.socket.destroyed)
    await proxy.proxy.stop()
  })

  test('what does not finish is cut', async () => {
    await using target = await startTarget('x', () => {})
    const proxy = await startProxy({ drainMs: 50 })
    await proxy.route('/', { target: target.url })
    const answer = proxy.get('/')
    answer.catch(() => {})
    await until('the request', () => target.seen.length === 1)
    await proxy.proxy.stop()
    await expect(answer).rejects.toThrow()
  })
})
