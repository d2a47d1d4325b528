import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { exchange, rawClient, rawTarget, startFront, until, type RawTarget } from './support.js'

const handshake = (more = '') =>
  `GET /ws HTTP/1.1\r\nHost: front\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Protocol: v1.kernel\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`
const agreed =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: v1.kernel\r\nSec-WebSocket-Accept: a\r\n\r\n'

/** Agrees to every handshake, and sends everything after it back. */
async function echo(): Promise<RawTarget> {
  const sent = new WeakMap<Socket, number>()
  return await rawTarget((text, socket) => {
    const end = text.indexOf('\r\n\r\n') + 4
    if (end < 4) return
    const before = sent.get(socket)
    if (before === undefined) socket.write(agreed)
    const from = before ?? end
    if (text.length > from) socket.write(text.slice(from), 'latin1')
    sent.set(socket, text.length)
  })
}

test('the handshake goes through with its subprotocol, and the target is told who asked', async () => {
  await using target = await echo()
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake('X-Forwarded-Proto: https\r\n'))
  const answer = await client.wait('\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
  expect(answer.toLowerCase()).toContain('sec-websocket-protocol: v1.kernel\r\n')
  expect(answer.toLowerCase()).toContain('sec-websocket-accept: a\r\n')
  const seen = target.received[0] ?? ''
  expect(seen).toContain('connection: Upgrade\r\nupgrade: websocket\r\n')
  expect(seen).toContain('sec-websocket-key: k\r\n')
  expect(seen).toContain('x-forwarded-proto: https,ws\r\n')
  expect(seen).toContain('x-forwarded-port: 80\r\n')
  expect(seen).not.toContain('x-forwarded-host')
  expect(front.events).toEqual(['answered 101'])
})

test('megabytes pass both ways unchanged, and bytes of the client are activity', async () => {
  await using target = await echo()
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await client.wait('\r\n\r\n')
  expect(front.clientActive.count).toBe(0)
  const frame = Array.from({ length: 1024 * 1024 }, (_, i) => String.fromCharCode((i * 7 + (i >> 8)) & 0xff)).join('')
  const start = client.text().length
  for (let i = 0; i < 4; i++) client.send(frame)
  await until('the echo', () => client.text().length === start + 4 * frame.length, 10_000)
  expect(client.text().slice(start) === frame.repeat(4)).toBe(true)
  expect(front.clientActive.count).toBeGreaterThan(0)
})

test('bytes sent right behind the handshake arrive after the target has agreed', async () => {
  await using target = await echo()
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, `${handshake()}early`)
  client.send(' bird')
  await client.wait(/\r\n\r\nearly bird$/)
})

test('bytes of the target right behind its agreement arrive', async () => {
  await using target = await rawTarget((_text, socket) => socket.write(`${agreed}hello`))
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await client.wait(/\r\n\r\nhello$/)
})

test('data from the target alone is no activity', async () => {
  await using target = await rawTarget((_text, socket) => socket.write(`${agreed}hello`))
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await client.wait('hello')
  expect(front.clientActive.count).toBe(0)
})

test.each(['client', 'target'] as const)(
  'the end of the %s ends the other, after what was sent before',
  async (side) => {
    await using target = await echo()
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, handshake())
    await client.wait('\r\n\r\n')
    if (side === 'client') client.socket.end('last words')
    else target.sockets[0]?.end('last words')
    await until('both ends', () => target.open() === 0 && client.socket.destroyed)
    expect(side === 'client' ? target.received[0] : client.text()).toMatch(/last words$/)
    expect(front.events).toEqual(['answered 101', 'finished 101'])
    expect(front.forwarder.connections.open).toBe(0)
  },
)

test.each(['client', 'target'] as const)(
  'a reset of the %s ends the other, and writes nothing into the stream',
  async (side) => {
    await using target = await echo()
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, handshake())
    const before = await client.wait('\r\n\r\n')
    if (side === 'client') client.socket.resetAndDestroy()
    else target.sockets[0]?.resetAndDestroy()
    await until('both ends', () => target.open() === 0 && client.socket.destroyed)
    expect(client.text()).toBe(before)
    expect(front.forwarder.connections.open).toBe(0)
  },
)

test('a side that does not read holds the other back', async () => {
  await using target = await echo()
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await client.wait('\r\n\r\n')
  target.sockets[0]?.pause()
  const block = Buffer.alloc(256 * 1024, 'x')
  let sent = 0
  let stuck = false
  while (!stuck && sent < 200 * 1024 * 1024) {
    sent += block.length
    if (client.socket.write(block)) continue
    stuck = await Promise.race([
      new Promise<false>((resolve) => client.socket.once('drain', () => resolve(false))),
      new Promise<true>((resolve) => setTimeout(() => resolve(true), 300)),
    ])
  }
  expect(stuck).toBe(true)
  expect(sent).toBeLessThan(40 * 1024 * 1024)
})

test.each([
  ['a length', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nSet-Cookie: a=1\r\n\r\npage'],
  ['chunks', 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\n\r\n4\r\npage\r\n0\r\n\r\n'],
])('a refusal with %s is passed on with its body, and the connection closed', async (_framing, refusal) => {
  await using target = await rawTarget((_text, socket) => socket.write(refusal))
  await using front = await startFront(target.url)
  const answer = await exchange(front.port, handshake())
  expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/)
  expect(answer.toLowerCase()).toContain('set-cookie: a=1\r\n')
  expect(answer.toLowerCase()).toContain('connection: close\r\n')
  expect(answer).toContain('page')
  expect(front.events).toEqual(['answered 404', 'finished 404'])
})

test('a client that leaves during a long refusal takes the target connection with it', async () => {
  await using target = await rawTarget((_text, socket) =>
    socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nhalf'),
  )
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await client.wait('half')
  client.socket.destroy()
  await until('the close', () => target.open() === 0)
})

test.each([
  ['is not there', undefined],
  ['closes at once', ''],
  ['speaks something else', 'SSH-2.0-x\r\n'],
])('a target that %s: 503, closed', async (_what, bytes) => {
  const target = await rawTarget((_text, socket) => socket.end(bytes ?? ''))
  if (bytes === undefined) await target[Symbol.asyncDispose]()
  await using front = await startFront(target.url)
  expect(await exchange(front.port, handshake())).toBe(
    'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  )
  await until(
    'the sockets to be closed',
    () => new Promise((resolve) => front.server.getConnections((_error, count) => resolve(count === 0))),
  )
  expect(front.events).toHaveLength(1)
  if (bytes !== undefined) await target[Symbol.asyncDispose]()
})

test('a client that leaves before the target has agreed takes the target connection with it', async () => {
  await using target = await rawTarget()
  await using front = await startFront(target.url)
  using client = await rawClient(front.port, handshake())
  await until('the request', () => target.received[0] !== undefined && target.received[0] !== '')
  client.socket.destroy()
  await until('the close', () => target.open() === 0)
  expect(front.events).toEqual(['cut client'])
})

test('1,000 handshakes of every fate leave no socket behind', async () => {
  let count = 0
  await using target = await rawTarget((text, socket) => {
    if (!text.endsWith('\r\n\r\n')) return
    const kind = count++ % 4
    if (kind === 0) socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno')
    else if (kind === 1) socket.resetAndDestroy()
    else if (kind === 2) socket.end(agreed)
    else socket.write(agreed)
  })
  await using front = await startFront(target.url)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < 1_000; i = next++) {
      using client = await rawClient(front.port, handshake())
      await client.wait('HTTP/1.1')
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
  await until(
    'all client connections to be closed',
    () => new Promise((resolve) => front.server.getConnections((_error, open) => resolve(open === 0))),
  )
  await until('all ends', () => front.forwarder.connections.open === front.forwarder.connections.idle)
})
