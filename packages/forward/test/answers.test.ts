import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  answering,
  bodyOf,
  exchange,
  get,
  headOf,
  httpTarget,
  rawClient,
  rawTarget,
  startFront,
  unchunked,
  until,
} from './support.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function through(answer: string, requestText = get()): Promise<string> {
  await using target = await rawTarget((text, socket) => {
    if (text.includes('\r\n\r\n')) socket.end(answer, 'latin1')
  })
  await using front = await startFront(target.url)
  return await exchange(front.port, requestText)
}

test('thousands of headers are passed on, those that come again joined to the first', async () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `x-${i}: ${i}`)
  const answer = await through(
    `HTTP/1.1 200 OK\r\n${[...names, 'X-1999: again', 'x-0: again', 'Set-Cookie: a=1', 'Set-Cookie: b=2'].join('\r\n')}\r\nContent-Length: 0\r\n\r\n`,
  )
  const lines = headOf(answer).split('\r\n')
  for (const each of [
    ...names.slice(1, -1),
    'x-0: 0, again',
    'x-1999: 1999, again',
    'set-cookie: a=1',
    'set-cookie: b=2',
  ])
    expect(lines).toContain(each)
})

describe('answers of every framing', () => {
  test('a length', async () => {
    const answer = await through(ok)
    expect(headOf(answer)).toContain('content-length: 2\r\n')
    expect(bodyOf(answer)).toBe('ok')
  })

  test('chunks, with extensions and trailers that are dropped', async () => {
    const answer = await through(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n',
    )
    expect(headOf(answer)).toContain('transfer-encoding: chunked\r\n')
    expect(headOf(answer)).not.toContain('trailer')
    expect(unchunked(bodyOf(answer))).toBe('abcde')
    expect(answer).not.toContain('X-Sum')
  })

  test('chunks go to a client of HTTP/1.0 without framing', async () => {
    const answer = await through(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
      'GET / HTTP/1.0\r\n\r\n',
    )
    expect(headOf(answer)).not.toContain('transfer-encoding')
    expect(bodyOf(answer)).toBe('abc')
  })

  test('until the close, which becomes chunked', async () => {
    const answer = await through('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it')
    expect(headOf(answer)).toContain('transfer-encoding: chunked\r\n')
    expect(bodyOf(answer)).toBe('9\r\nall of it\r\n0\r\n\r\n')
  })

  test.each(['204 No Content', '304 Not Modified'])('%s has no body', async (status) => {
    const answer = await through(`HTTP/1.1 ${status}\r\nETag: "x"\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n`))
    expect(bodyOf(answer)).toBe('')
  })

  test('the answer to HEAD keeps its length and has no body', async () => {
    const answer = await through('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', get().replace('GET', 'HEAD'))
    expect(headOf(answer)).toContain('content-length: 1000\r\n')
    expect(bodyOf(answer)).toBe('')
  })

  test('interim answers stay between target and proxy', async () => {
    const answer = await through(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`)
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  })

  test('status, reason and repeated headers are kept', async () => {
    const answer = await through(
      'HTTP/1.1 299 Rather \xfcnusual\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: \xe9\r\nContent-Length: 0\r\n\r\n',
    )
    expect(answer).toContain('HTTP/1.1 299 Rather \xfcnusual\r\n')
    expect(answer).toContain('set-cookie: a=1\r\nset-cookie: b=2\r\n')
    expect(answer).toContain('x-name: \xe9\r\n')
  })

  test('a header that comes twice is joined, where it is a list', async () => {
    const answer = await through(
      'HTTP/1.1 200 OK\r\nVary: a\r\nvary: b\r\nContent-Type: text/x\r\nContent-Type: text/y\r\nContent-Length: 0\r\n\r\n',
    )
    expect(answer).toContain('\r\nvary: a, b\r\n')
    expect(answer).toContain('\r\ncontent-type: text/x\r\n')
    expect(answer).not.toContain('text/y')
  })

  test('headers about the connection end here', async () => {
    const answer = await through(
      'HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=99\r\nProxy-Authenticate: x\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    const head = headOf(answer)
    expect(head).toContain('connection: keep-alive')
    expect(head).toContain('x-end: 1')
    expect(head).not.toMatch(/x-hop|timeout=99|proxy-authenticate/)
  })

  test('an answer cut into single bytes is the same answer', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
    await using target = await rawTarget((text, socket) => {
      if (!text.includes('\r\n\r\n')) return
      socket.setNoDelay(true)
      let at = 0
      const next = (): void => {
        if (at < bytes.length) socket.write(bytes[at++] ?? '', 'latin1', () => setImmediate(next))
      }
      next()
    })
    await using front = await startFront(target.url)
    const answer = await exchange(front.port, get())
    expect(answer).toContain('200 OK')
    expect(unchunked(bodyOf(answer))).toBe('hello')
    await until('the end', () => front.events.includes('finished 200'))
  })
})

describe('answers that are not HTTP', () => {
  test.each([
    ['a banner of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    [
      'length and chunks at once',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['one length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['a line feed behind a value', 'HTTP/1.1 200 OK\r\nX: 1\n\r\nContent-Length: 2\r\n\r\nok'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(80_000)}`],
    ['a coding other than chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
  ])('%s: the target has failed, at once', async (_what, answer) => {
    // The connection stays open: nothing but the bytes tells.
    await using target = await rawTarget((text, socket) => {
      if (text.includes('\r\n\r\n')) socket.write(answer, 'latin1')
    })
    await using front = await startFront(target.url)
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(front.events).toEqual(['failed EBADRESPONSE'])
    await until('the connection to be closed', () => target.open() === 0)
  })

  test('malformed chunks in the middle cut the answer', async () => {
    await using target = await rawTarget((_text, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n')
    })
    await using front = await startFront(target.url)
    const answer = await exchange(front.port, get())
    expect(answer).not.toContain('0\r\n\r\n')
    expect(front.events).toEqual(['answered 200', 'cut target'])
  })
})

describe('answers while they come', () => {
  test('the head goes out before the first byte of the body', async () => {
    await using target = await rawTarget((_text, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.wait('text/event-stream')
    target.sockets[0]?.write('7\r\ndata: 1\r\n')
    await client.wait('data: 1')
    expect(front.events).toEqual(['answered 200'])
  })

  test('a slow reader holds the target back, and memory stays small', async () => {
    const total = 200 * 1024 * 1024
    const block = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    await using target = await httpTarget((_request, response) => {
      response.setHeader('content-length', total)
      const more = (): void => {
        while (sent < total) {
          sent += block.length
          if (!response.write(block)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    await using front = await startFront(target.url)
    let got = 0
    const finished = new Promise<void>((resolve, reject) => {
      request({ port: front.port, host: '127.0.0.1' }, (answer) => {
        // Nothing is read until the target has been stopped by it.
        let last = -1
        const timer = setInterval(() => {
          if (sent !== last) return void (last = sent)
          clearInterval(timer)
          expect(sent).toBeLessThan(32 * 1024 * 1024)
          answer.on('data', (bytes: Buffer) => (got += bytes.length))
          answer.on('end', resolve)
          answer.on('error', reject)
        }, 100)
      }).end()
    })
    const before = process.memoryUsage().rss
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20)
    await finished
    clearInterval(watch)
    expect(got).toBe(total)
    expect(peak - before).toBeLessThan(150 * 1024 * 1024)
  })

  test('an answer before the body was sent leaves the client connection usable', async () => {
    await using target = await rawTarget((text, socket) => {
      if (text.startsWith('POST')) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
      else socket.write(ok)
    })
    await using front = await startFront(target.url)
    using client = await rawClient(front.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')
    await client.wait('413')
    client.send('67890GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await client.closed()).toMatch(/413[^]*200 OK[^]*ok$/)
    // The rest of that body must not meet the next request.
    expect(target.received).toHaveLength(2)
    expect(target.received[1]).toMatch(/^GET \/next /)
  })
})

describe('locations', () => {
  const redirect = (location: string, status = 302) =>
    `HTTP/1.1 ${status} Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`

  test.each([
    [{ autoRewrite: true }, 302, '/a?b#c', 'http://front/a?b#c'],
    [{ autoRewrite: true, protocolRewrite: 'https' }, 307, '/a', 'https://front/a'],
    [{ protocolRewrite: 'https' }, 301, '/a', 'https://SELF/a'],
    [{ autoRewrite: true }, 303, '/a', 'http://SELF/a'],
    [{}, 302, '/a', 'http://SELF/a'],
  ])('%o with %i', async (options, status, path, expected) => {
    let self = ''
    await using target = await rawTarget((text, socket) =>
      answering(redirect(`http://${self}${path}`, status))(text, socket),
    )
    self = `127.0.0.1:${target.port}`
    await using front = await startFront(target.url, options)
    const answer = await exchange(front.port, get())
    expect(answer).toContain(`location: ${expected.replace('SELF', self)}\r\n`)
  })

  test('a place elsewhere or a relative one stays', async () => {
    for (const location of ['http://elsewhere/a', '/relative']) {
      await using target = await rawTarget(answering(redirect(location)))
      await using front = await startFront(target.url, { autoRewrite: true, protocolRewrite: 'https' })
      expect(await exchange(front.port, get())).toContain(`location: ${location}\r\n`)
    }
  })
})
