import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { exchange, httpTarget, rawClient, rawTarget, startFront, until, type Front } from './support.js'

const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
const handshake = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

const clientsOf = ({ server }: Front) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

const openOf = async (front: Front) => front.forwarder.connections.open + (await clientsOf(front))

/** Sends until nobody takes anything more, and then some: what stays is in the memory of this client. */
async function fill(socket: Socket): Promise<void> {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  while (socket.write(piece) || socket.writableLength < 2 * piece.length) {
    const before = socket.bytesWritten - socket.writableLength
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (socket.bytesWritten - socket.writableLength === before && socket.writableLength > piece.length) return
  }
}

/** A target that reads heads and nothing behind them. */
const deaf = (answer = '') =>
  rawTarget((_text, socket) => {
    socket.pause()
    if (answer !== '') socket.write(answer)
  })

const leaving = ['close', 'reset'] as const
const leave = (socket: Socket, how: (typeof leaving)[number]): Socket =>
  how === 'close' ? socket.destroy() : socket.resetAndDestroy()

describe.concurrent('a client that leaves while the target takes nothing', () => {
  test.each(leaving)('of an upload (%s): both connections are closed', async (how) => {
    await using target = await deaf()
    await using front = await startFront(target.url)
    const client = await rawClient(front.port, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\n')
    await fill(client.socket)
    leave(client.socket, how)
    await until('the target connection is closed', () => front.forwarder.connections.open === 0)
    await until('all is closed', async () => (await clientsOf(front)) === 0, 20_000)
    expect(front.events).toEqual(['cut client'])
  })

  test.each(leaving)('of a WebSocket (%s): both connections are closed', async (how) => {
    await using target = await deaf(switching)
    await using front = await startFront(target.url)
    const client = await rawClient(front.port, handshake)
    await client.wait('101')
    await fill(client.socket)
    leave(client.socket, how)
    // The target still takes nothing, and gets ten seconds to change its mind.
    await until('all is closed', async () => (await openOf(front)) === 0, 20_000)
    expect(front.events).toEqual(['answered 101', 'finished 101'])
  })

  test('a target that leaves while the client of a WebSocket takes nothing', async () => {
    await using target = await rawTarget((_text, socket) => void socket.write(switching))
    await using front = await startFront(target.url)
    const client = connect(front.port, '127.0.0.1')
    client.on('error', () => {})
    client.write(handshake)
    await until('the handshake', () => front.events.includes('answered 101'))
    const [socket] = target.sockets
    if (!socket) throw new Error('no connection came')
    await fill(socket)
    socket.resetAndDestroy()
    await until('all is closed', async () => (await openOf(front)) === 0, 20_000)
    client.destroy()
  })
})

describe.concurrent('who moves nothing for too long', () => {
  test('a client that does not send its body is told 408', async () => {
    await using target = await deaf()
    await using front = await startFront(target.url, { stallMs: 500 })
    const answer = await exchange(front.port, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf')
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*connection: close/i)
    await until('the close', () => front.forwarder.connections.open === 0)
    expect(front.events).toEqual(['cut client'])
  })

  test('a target that takes nothing of an upload has failed', async () => {
    await using target = await deaf()
    await using front = await startFront(target.url, { stallMs: 1_000 })
    using client = await rawClient(front.port, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\n')
    await fill(client.socket)
    await client.wait('HTTP/1.1 503')
    expect(front.events).toEqual(['failed ETIMEDOUT'])
  })

  test.each([
    ['the middle', 50_000_000],
    ['the last bytes', 9_000_000],
  ])('a client that does not take %s of its answer is cut off', async (_what, length) => {
    await using target = await httpTarget((_request, response) => response.end(Buffer.alloc(length, 'x')))
    await using front = await startFront(target.url, { stallMs: 1_000 })
    const client = connect(front.port, '127.0.0.1')
    client.on('error', () => {})
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until('the answer begins', () => front.events.includes('answered 200'))
    await until('all is closed', async () => (await clientsOf(front)) === 0, 20_000)
    client.destroy()
  })

  test('a silent stream and a slow one are no stall', async () => {
    await using target = await httpTarget((request, response) => {
      response.write('begun')
      request.on('data', (bytes: Buffer) => response.write(bytes))
      request.on('end', () => setTimeout(() => response.end('over'), 2_500))
    })
    await using front = await startFront(target.url, { stallMs: 1_500 })
    using client = await rawClient(front.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n')
    for (const letter of 'slow') {
      await new Promise((resolve) => setTimeout(resolve, 600))
      client.send(letter)
    }
    expect(await client.wait('over')).toMatch(/begun/)
  })
})
