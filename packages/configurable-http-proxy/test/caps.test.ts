import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { handshake, raw, startProxy, startTarget, until, type TestProxy } from './support.js'

/** A target that keeps every request until told. */
async function slowTarget() {
  const waiting: (() => void)[] = []
  const target = await startTarget('slow', (_request, response) => {
    response.writeHead(200)
    response.flushHeaders()
    waiting.push(() => response.end('done'))
  })
  return { ...target, waiting, release: () => waiting.splice(0).forEach((each) => each()) }
}

const hold = async ({ at }: TestProxy, path: string, headers = ''): Promise<Socket> =>
  (await raw(at, `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`, 'HTTP/1.1 200')).socket

describe('requests at once', () => {
  test('of one client: one more is told 429, until another has ended', async () => {
    await using target = await slowTarget()
    await using proxy = await startProxy({ maxPerClient: 2 })
    await proxy.route('/', { target: target.url })
    const first = await hold(proxy, '/a')
    const second = await hold(proxy, '/b')
    expect(await proxy.get('/c')).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect((await raw(proxy.at, handshake('/ws'))).text).toMatch(/^HTTP\/1.1 429 /)
    // One ends with its answer, the other with its client.
    target.release()
    second.destroy()
    const third = await hold(proxy, '/d')
    await until('the end of the second is noticed', async () => {
      const { text, socket } = await raw(proxy.at, handshake('/ws'), /HTTP\/1.1 (101|429)/)
      socket.destroy()
      return text.includes(' 101 ')
    })
    for (const socket of [first, third]) socket.destroy()
  })

  test('an open WebSocket counts until it is closed', async () => {
    await using target = await startTarget()
    await using proxy = await startProxy({ maxPerClient: 1 })
    await proxy.route('/', { target: target.url })
    const { socket } = await raw(proxy.at, handshake('/'), ' 101 ')
    expect((await proxy.get('/')).status).toBe(429)
    socket.destroy()
    await until('room again', async () => (await proxy.get('/')).status === 200)
  })

  test('for one route: others are not concerned', async () => {
    await using target = await slowTarget()
    await using other = await startTarget('other')
    await using proxy = await startProxy({ maxPerRoute: 1 })
    await proxy.route('/', { target: other.url })
    await proxy.route('/slow', { target: target.url })
    const first = await hold(proxy, '/slow/a')
    expect(await proxy.get('/slow/b')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(await proxy.get('/')).toMatchObject({ status: 200, body: 'other' })
    first.destroy()
  })

  test('behind a trusted front server the client is whom it names, and nobody else is believed', async () => {
    await using target = await slowTarget()
    await using proxy = await startProxy({ maxPerClient: 1, trustedProxies: ['127.0.0.1'] })
    await proxy.route('/', { target: target.url })
    const ada = await hold(proxy, '/', 'X-Forwarded-For: 203.0.113.1\r\n')
    const ben = await hold(proxy, '/', 'X-Forwarded-For: 203.0.113.2\r\n')
    expect((await proxy.get('/', { headers: { 'x-forwarded-for': '9.9.9.9, 203.0.113.1' } })).status).toBe(429)
    for (const socket of [ada, ben]) socket.destroy()
  })
})

test('connections of one client: one more is closed', async () => {
  await using target = await startTarget()
  await using proxy = await startProxy({ maxConnectionsPerClient: 2 })
  await proxy.route('/', { target: target.url })
  const { socket } = await raw(proxy.at, handshake('/'), ' 101 ')
  const second = await raw(proxy.at, handshake('/'), ' 101 ')
  expect((await raw(proxy.at, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).text).toBe('')
  second.socket.destroy()
  await until('room again', async () => (await raw(proxy.at, 'GET / HTTP/1.0\r\n\r\n')).text.includes('target'))
  socket.destroy()
})
