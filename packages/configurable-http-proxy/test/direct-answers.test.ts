import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ask, raw, startProxy, temporaryFolder, until } from './support.js'

const target = '{"target":"http://127.0.0.1:1"}'
const post = (path: string, more = ''): string =>
  `POST /api/routes${path} HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${target.length}\r\n\r\n${target}`
const statuses = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g)?.map((each) => each.slice(9)) ?? []

function open(api: string): { socket: Socket; got: () => string; closed: () => boolean } {
  const [host = '', port = ''] = api.split(':')
  const socket = connect({ port: Number(port), host, allowHalfOpen: true })
  let got = ''
  let closed = false
  socket.on('data', (bytes: Buffer) => (got += bytes.toString('latin1')))
  socket.on('error', () => {})
  socket.on('end', () => (closed = true))
  return { socket, got: () => got, closed: () => closed }
}

test('requests behind each other are answered in their order, however the bytes are cut', async () => {
  await using proxy = await startProxy()
  const all = [
    post('/a'),
    'GET /api/routes/a HTTP/1.1\r\nHost: a\r\n\r\n',
    'DELETE /api/routes/a HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /api/routes HTTP/1.1\r\nHost: a\r\n\r\n',
  ].join('')
  for (const size of [1, 7, 60, 100, 160, all.length]) {
    const { socket, got } = open(proxy.api)
    for (let at = 0; at < all.length; at += size) {
      socket.write(all.slice(at, at + size))
      if (size < 100) await new Promise((resolve) => setImmediate(resolve))
    }
    await until('four answers', () => statuses(got()).length === 4 && got().endsWith('{}'))
    expect(statuses(got())).toEqual(['201', '200', '204', '200'])
    expect(got()).toMatch(/Content-Type: application\/json\r\n/)
    expect(got()).toMatch(/Date: \w{3}, \d\d \w{3} \d{4} /)
    socket.destroy()
  }
})

test('the order holds when answers take time', async () => {
  using folder = temporaryFolder()
  await using proxy = await startProxy({ routesFile: folder.at('routes') })
  const { socket, got, closed } = open(proxy.api)
  socket.write(post('/a') + post('/b') + 'DELETE /api/routes/a HTTP/1.1\r\nHost: a\r\n\r\n')
  socket.end('GET /api/routes HTTP/1.1\r\nHost: a\r\n\r\n')
  await until('the end', closed)
  expect(statuses(got())).toEqual(['201', '201', '204', '200'])
  expect(got()).toMatch(/\r\n\r\n\{"\/b":\{.*\}\}$/)
})

test.each([
  [
    'a body in chunks',
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${target.length.toString(16)}\r\n${target}\r\n0\r\n\r\n`,
    ['201'],
  ],
  [
    'a client that waits for the go-ahead',
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${target.length}\r\n\r\n${target}`,
    ['100', '201'],
  ],
  ['HTTP/1.0', 'GET /api/routes/x HTTP/1.0\r\n\r\n', ['404']],
  ['HEAD', 'HEAD /api/routes HTTP/1.1\r\nHost: a\r\n\r\n', ['405']],
  [
    'a length and chunks',
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ['400'],
  ],
  [
    'two lengths',
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    ['400'],
  ],
  ['a length that is none', `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello`, ['400']],
  ['a bare line feed', 'GET /api/routes HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', ['400']],
  ['a folded line', 'GET /api/routes HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n', ['400']],
  ['a blank before the colon', 'GET /api/routes HTTP/1.1\r\nHost : a\r\n\r\n', ['400']],
  ['no Host', 'GET /api/routes HTTP/1.1\r\n\r\n', ['400']],
  ['no HTTP', 'hello\r\n\r\n', ['400']],
  ['one that wants to close', 'GET /api/routes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', ['200']],
])('%s: as node reads it, behind a plain request too', async (_what, text, expected) => {
  await using proxy = await startProxy()
  for (const before of ['', post('/before')]) {
    const { socket, got, closed } = open(proxy.api)
    socket.end(before + text)
    await until('the end', closed)
    expect(statuses(got())).toEqual([...(before === '' ? [] : ['201']), ...expected])
  }
})

test('the token is asked for here too, and shows nowhere', async () => {
  await using proxy = await startProxy({ authToken: 'the-secret' })
  const ask = async (more: string) => statuses((await raw(proxy.api, post('/a', more), /HTTP/)).text)
  expect(await ask('')).toEqual(['403'])
  expect(await ask('Authorization: token wrong\r\n')).toEqual(['403'])
  expect(await ask('Authorization: token the-secret\r\n')).toEqual(['201'])
  // Which of two counts is not for us to guess.
  expect(await ask('Authorization: token the-secret\r\nAuthorization: token wrong\r\n')).not.toEqual([])
})

test('idle connections are closed, and one that waits for the rest of a body is not', async () => {
  await using proxy = await startProxy({ keepAliveTimeoutMs: 300 })
  const idle = open(proxy.api)
  idle.socket.write(post('/a'))
  const slow = open(proxy.api)
  const text = post('/b')
  slow.socket.write(text.slice(0, -5))
  await until('the end of the idle one', idle.closed)
  slow.socket.write(text.slice(-5))
  await until('the answer', () => statuses(slow.got()).length === 1)
  expect(statuses(slow.got())).toEqual(['201'])
  slow.socket.destroy()
})

test('a client that asks without end and takes nothing is answered as far as it takes', async () => {
  await using proxy = await startProxy({ metrics: { host: '127.0.0.1', port: 0 } })
  await proxy.route('/a', { target: 'http://a', much: 'x'.repeat(900_000) })
  const asked = 60
  const { socket, got } = open(proxy.api)
  socket.pause()
  socket.write('GET /api/routes HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(asked))
  const answered = async (): Promise<number> => {
    const { body } = await ask(proxy.proxy.addresses.metrics ?? '', '/metrics')
    return Number(/^api_route_get (\d+)$/m.exec(body)?.[1] ?? 0)
  }
  await until('the first answers', async () => (await answered()) > 0)
  expect(await answered()).toBeLessThan(asked / 2)
  socket.resume()
  await until('all answers', () => statuses(got()).length === asked)
  socket.destroy()
})
