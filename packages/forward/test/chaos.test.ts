import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rawClient, rawTarget, startFront, until } from './support.js'

type Random = (below: number) => number

/** Repeatable: a failure is found again with its seed. */
function randomOf(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

/** What targets do, the good and the bad. */
const behaviours: readonly ((socket: Socket, random: Random) => unknown)[] = [
  (socket, random) => socket.write(ok('x'.repeat(random(200_000)))),
  (socket, random) => socket.write(ok('y'.repeat(random(100)))),
  (socket, random) => void pieces(socket, ok('z'.repeat(random(100_000))), random),
  (socket, random) => void pieces(socket, `${chunked}5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n`, random),
  (socket, random) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'c'.repeat(random(90_000))}`),
  (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'),
  (socket) => socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
  (socket) => socket.write('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  (socket) => socket.write(`${switching}hello`),
  (socket) => socket.write(ok('hi') + 'unasked'),
  (socket) => socket.write('garbage\r\n\r\n'),
  (socket) => socket.write(`${chunked}zz\r\n`),
  (socket) => socket.write(`${chunked}5\r\nhello\r\n`),
  (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf'),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf', () => socket.resetAndDestroy()),
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
  () => 'silent',
]

const requests: readonly ((random: Random) => string)[] = [
  () => 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  (random) => 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1 + random(4)),
  () => 'HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n',
  () => 'GET /a HTTP/1.0\r\n\r\n',
  (random) => `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n${'b'.repeat(random(2) * 70_000)}`,
  (random) =>
    `PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${random(2) ? '0\r\n\r\n' : ''}`,
  (random) =>
    `GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${'e'.repeat(random(2) * 100_000)}`,
]

async function pieces(socket: Socket, text: string, random: Random): Promise<void> {
  for (let at = 0; at < text.length && !socket.destroyed;) {
    const next = at + 1 + random(at < 100 ? 30 : 20_000)
    socket.write(text.slice(at, next))
    at = next
    await sleep(random(2))
  }
}

async function client(port: number, random: Random): Promise<void> {
  using raw = await rawClient(port)
  for (let i = random(3); i >= 0 && !raw.socket.destroyed; i--) {
    raw.send(requests[random(requests.length)]?.(random) ?? '')
    if (random(3) === 0) raw.socket.pause()
    else raw.socket.resume()
    await sleep(random(40))
  }
  if (random(3) === 0) raw.socket.resetAndDestroy()
  else if (random(2) === 0) raw.socket.end()
  await sleep(random(40))
}

test.each([1, 2, 3])(
  'whatever clients and targets do, nothing stays open and nothing is told twice (seed %i)',
  async (seed) => {
    const random = randomOf(seed)
    const answered = new Map<number, number>()
    await using target = await rawTarget((text, socket, connection) => {
      const heads = text.split('\r\n\r\n').length - 1
      for (let i = answered.get(connection) ?? 0; i < heads; i++)
        behaviours[random(behaviours.length)]?.(socket, random)
      answered.set(connection, heads)
    })
    await using front = await startFront(target.url, { targetIdleMs: 1_000, idleMs: 100 })
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let i = 0; i < 25; i++) await client(front.port, random)
      }),
    )
    await until('all connections to the target are closed', () => front.forwarder.connections.open === 0)
    const connections = () =>
      new Promise<number>((resolve) => front.server.getConnections((_error, count) => resolve(count)))
    // Clients that have just hung up are still being noticed.
    await expect.poll(connections, { timeout: 15_000 }).toBe(0)
    const ends = front.events.filter((event) => !event.startsWith('answered')).length
    const begun = front.events.length - ends
    // Each exchange ends once; those that failed, or whose client left early, were never answered.
    expect(ends).toBeGreaterThanOrEqual(begun)
    expect(front.exchanges).toBe(ends)
  },
)
