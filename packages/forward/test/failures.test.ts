import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { exchange, get, httpTarget, listenOn, rawClient, rawTarget, startFront, until } from './support.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const keep = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listenOn(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a target that fails', () => {
  test('is not there', async () => {
    await using front = await startFront(`http://127.0.0.1:${await closedPort()}`)
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503[^]*gone$/)
    expect(front.events).toEqual(['failed ECONNREFUSED'])
    expect(front.forwarder.connections.open).toBe(0)
  })

  test('closes before it answers', async () => {
    await using target = await rawTarget((_text, socket) => socket.end())
    await using front = await startFront(target.url)
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(front.events).toEqual(['failed ECONNRESET'])
    expect(target.received).toHaveLength(1)
  })

  test.each([
    ['a FIN', 'Content-Length: 100', false],
    ['a FIN', 'Transfer-Encoding: chunked', false],
    ['a reset', 'Content-Length: 100', true],
    ['a reset', 'X: until-close', true],
  ])('ends with %s within an answer of %s: the client sees that it is incomplete', async (_what, header, reset) => {
    await using target = await rawTarget((_text, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n5\r\nhello\r\n`)
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, keep())
    await client.wait('hello')
    if (reset) target.sockets[0]?.resetAndDestroy()
    else target.sockets[0]?.end()
    expect(await client.closed()).not.toContain('0\r\n\r\n')
    expect(front.events).toEqual(['answered 200', 'cut target'])
  })

  test('is silent for too long', async () => {
    await using target = await rawTarget((text, socket) => {
      if (text.includes('/half')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    })
    await using front = await startFront(target.url, { targetIdleMs: 60 })
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(await exchange(front.port, get('/half'))).toMatch(/half$/)
    expect(front.events).toEqual(['failed ETIMEDOUT', 'answered 200', 'cut target'])
    expect(target.received).toHaveLength(2)
  })

  test('that is held back by a slow client is not silent', async () => {
    const size = 30_000_000
    await using target = await httpTarget((_request, response) => response.end(Buffer.alloc(size)))
    await using front = await startFront(target.url, { targetIdleMs: 100 })
    using client = await rawClient(front.port, get())
    client.socket.pause()
    await until('the answer', () => front.events.includes('answered 200'))
    await new Promise((resolve) => setTimeout(resolve, 400))
    client.socket.resume()
    expect((await client.closed()).length).toBeGreaterThan(size)
  })

  test('does not accept the connection', async () => {
    await using front = await startFront('http://192.0.2.1:9', { connectTimeoutMs: 50 })
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(front.events[0]).toMatch(/failed (ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)/)
  })
})

describe('a client that leaves', () => {
  test.each([
    ['before the answer', keep(), undefined],
    ['during the answer', keep(), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
    ['during the upload', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', undefined],
  ])('%s: the connection to the target is closed', async (_when, text, answer) => {
    await using target = await rawTarget((_text, socket) => {
      if (answer !== undefined) socket.write(answer)
    })
    await using front = await startFront(target.url)
    {
      using client = await rawClient(front.port, text)
      await until('the request', () => target.received.length === 1 && target.received[0] !== '')
      if (answer !== undefined) await client.wait('half')
    }
    await until('the close', () => target.open() === 0)
    expect(front.events.at(-1)).toBe('cut client')
    expect(front.forwarder.connections.open).toBe(0)
  })
})

describe('connections to a target', () => {
  test('are used again', async () => {
    await using target = await httpTarget((_request, response) => response.end('ok'))
    let connections = 0
    target.server.on('connection', () => connections++)
    await using front = await startFront(target.url)
    for (let i = 0; i < 20; i++) await exchange(front.port, get())
    expect(connections).toBe(1)
    expect(front.forwarder.connections).toEqual({ open: 1, idle: 1 })
    front.forwarder.closeIdle()
    expect(front.forwarder.connections).toEqual({ open: 0, idle: 0 })
  })

  test('are not used again when the target says close, or when bytes come that nobody asked for', async () => {
    for (const extra of [
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
      `${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    ]) {
      await using target = await rawTarget((_text, socket) => socket.write(extra))
      await using front = await startFront(target.url)
      expect(await exchange(front.port, get('/1'))).toMatch(/ok$/)
      expect(await exchange(front.port, get('/2'))).toMatch(/ok$/)
      expect(target.received).toHaveLength(2)
    }
  })

  test('an answer that comes while nothing is asked never meets the next request', async () => {
    await using target = await rawTarget((_text, socket) => socket.write(ok))
    await using front = await startFront(target.url)
    await exchange(front.port, get('/1'))
    target.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
    await until('the close', () => front.forwarder.connections.open === 0)
    expect(await exchange(front.port, get('/2'))).toMatch(/ok$/)
  })

  test('an idle connection the target closes is forgotten', async () => {
    await using target = await rawTarget((_text, socket) => socket.write(ok))
    await using front = await startFront(target.url)
    await exchange(front.port, get())
    target.sockets[0]?.end()
    await until('it is forgotten', () => front.forwarder.connections.open === 0)
    expect(front.forwarder.connections.idle).toBe(0)
  })

  test('an idle connection is closed before the target says it will be', async () => {
    await using target = await rawTarget((_text, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=1\r\n\r\nok'),
    )
    await using front = await startFront(target.url)
    await exchange(front.port, get())
    await until('the sweep', () => front.forwarder.connections.idle === 0)
  })

  test.each([
    ['GET', keep('/2'), 1],
    ['PUT with a small body', 'PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', 1],
  ])('a %s on a used connection that breaks without an answer is sent once more', async (_what, text, repeats) => {
    let closes = 0
    await using target = await rawTarget((all, socket) => {
      if (all.includes(' /2 ') && closes === 0) {
        closes++
        socket.destroy()
      } else if (!all.includes('PUT') || all.includes('hello')) socket.write(ok)
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, keep('/1'))
    await client.wait('ok')
    client.send(text)
    await client.wait(/ok[^]*ok/)
    expect(target.received).toHaveLength(1 + repeats)
    if (text.startsWith('PUT')) expect(target.received[1]).toMatch(/hello$/)
  })

  test('a target that closes its connections just when they are used again fails no request that may be repeated', async () => {
    await using target = await httpTarget((request, response) => {
      request.resume().on('end', () => {
        response.end('ok')
        // Without a word before: the close and the next request cross on the way.
        setTimeout(() => request.socket.destroy(), Math.random() * 3)
      })
    })
    await using front = await startFront(target.url)
    const worker = async (method: string): Promise<void> => {
      for (let i = 0; i < 150; i++) {
        const body = method === 'PUT' ? 'Content-Length: 2\r\n' : ''
        const answer = await exchange(
          front.port,
          get('/', body).replace('GET', method) + (method === 'PUT' ? 'ok' : ''),
        )
        expect(answer).toMatch(/^HTTP\/1.1 200/)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
      }
    }
    await Promise.all(['GET', 'PUT', 'DELETE', 'GET'].map(worker))
  })

  test('once only, and a first use never', async () => {
    await using target = await rawTarget((all, socket) => {
      if (all.includes(' /2 ')) socket.destroy()
      else socket.write(ok)
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, keep('/1'))
    await client.wait('ok')
    client.send(keep('/2'))
    await client.wait('503')
    expect(target.received).toHaveLength(2)
  })

  test('a POST is never sent twice', async () => {
    await using target = await rawTarget((all, socket) => {
      if (all.includes('POST')) socket.destroy()
      else socket.write(ok)
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, keep('/1'))
    await client.wait('ok')
    client.send('POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
    await client.wait('503')
    expect(target.received.join('').match(/POST/g)).toHaveLength(1)
  })

  test('a request on a used connection that times out is not sent again', async () => {
    await using target = await rawTarget((all, socket) => {
      if (!all.includes(' /2 ')) socket.write(ok)
    })
    await using front = await startFront(target.url, { targetIdleMs: 60 })
    await exchange(front.port, get('/1'))
    expect(await exchange(front.port, get('/2'))).toMatch(/^HTTP\/1.1 503/)
    expect(target.received).toHaveLength(1)
  })

  test('2,000 requests of every fate leave no connection behind', async () => {
    await using target = await httpTarget((request, response) => {
      const kind = Number(/\d+/.exec(request.url ?? '')?.[0]) % 4
      if (kind === 0) request.socket.destroy()
      else if (kind === 1)
        response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy())
      else response.end('ok')
    })
    await using front = await startFront(target.url)
    let next = 0
    const worker = async (): Promise<void> => {
      for (let i = next++; i < 2_000; i = next++) {
        using client = await rawClient(front.port, get(`/${i}`))
        // Every fourth leaves without waiting.
        if (i % 4 !== 3) await client.closed()
      }
    }
    await Promise.all(Array.from({ length: 20 }, worker))
    await until('all ends', () => front.forwarder.connections.open === front.forwarder.connections.idle)
    front.forwarder.closeIdle()
    await until(
      'all client connections to be closed',
      () => new Promise((resolve) => front.server.getConnections((_error, count) => resolve(count === 0))),
    )
    expect(front.forwarder.connections.open).toBe(0)
  })
})
