import fc from 'fast-check'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { rawTarget, startFront } from './support.js'

/** Pieces out of which readings that differ are made. */
const piece = fc.oneof(
  fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', ':', ',', ';', '\0', '\x7f', '\xa0', 'chunked', '0', '5', 'hello'),
  fc.constantFrom('0\r\n\r\n', '5\r\nhello\r\n', '5;x=y\r\nhello\r\n', '005\r\nhello\r\n', '5 \r\nhello\r\n', 'hello'),
  fc.constantFrom('0\r\nT: 1\r\n\r\n', '-1\r\n', 'fffffffffffffffff\r\n', '5\nhello\n0\n\n', '0x5\r\nhello\r\n'),
  fc.constantFrom('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled'),
)
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('Content-Length: 5', 'Content-Length: 0', 'Transfer-Encoding: chunked', 'X: 1', 'X: 2'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['Content-Length: 5, 5', 'Content-Length : 5', 'Content-Length: 05', 'content-length:5', 'Content-Length: +5'],
      ...['Transfer-Encoding: identity', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked, chunked'],
      ...['Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: xchunked', 'Content-Length: 5 5', 'Content-Length:'],
      ...[
        'Connection: close',
        'Connection: keep-alive',
        'Connection: X',
        'Connection: Content-Length',
        'Keep-Alive: x',
      ],
      ...['Set-Cookie: a=1', 'Set-Cookie: b=2', 'Location: http://a/', 'Upgrade: h2c', ' folded: 1', 'X: a\rb'],
      ...['X\0: 1', 'Trailer: T', '__proto__: 1', 'Date: x', 'ETag: "a"', 'X: \xe9', 'no colon', ': no name'],
    ),
  },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')) },
)
const ending = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r')
const statusLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found', 'HTTP/1.1 200 ', 'HTTP/1.0 200 OK'),
  },
  { weight: 2, arbitrary: fc.constantFrom('HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.1 200') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'HTTP/1.1 101 Switching Protocols',
        'HTTP/1.1 99 Low',
        'HTTP/1.1 1000 High',
        'HTTP/2.0 200 OK',
        'http/1.1 200 OK',
      ],
      ...['HTTP/1.1  200 OK', ' HTTP/1.1 200 OK', 'ICY 200 OK', 'HTTP/1.1 200 O\0K', 'HTTP/1.1\t200 OK', ''],
    ),
  },
)
const interim = fc.constantFrom(
  '',
  '',
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early\r\nX: 3\r\n\r\n',
  '\r\n',
)
const answer = fc
  .tuple(
    interim,
    statusLine,
    fc.array(fc.tuple(line, ending), { maxLength: 5 }),
    fc.array(fc.oneof(piece, fc.constantFrom('5\r\nhello\r\n', '0\r\n\r\n', 'hello')), { maxLength: 4 }),
  )
  .map(([before, status, lines, rest]) => {
    const headers = lines.map(([text, end]) => `${text}${end}`).join('')
    return `${before}${status}\r\n${headers}\r\n${rest.join('')}`
  })

interface Reading {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What node's own client reads; undefined if it refuses the answer or never sees its end. */
function read(port: number, path: string, method: string, agent: Agent): Promise<Reading | undefined> {
  return new Promise((resolve) => {
    const nothing = (): void => resolve(undefined)
    const request = httpRequest({ port, host: '127.0.0.1', path, method, agent }, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (more: string) => (body += more))
      response.on('error', nothing)
      response.on('close', nothing)
      response.on('end', () => {
        const { statusCode: status = 0, statusMessage: reason = '', headers, complete } = response
        resolve(complete ? { status, reason, headers, body } : undefined)
      })
    })
    request.on('error', nothing)
    request.on('close', nothing)
    request.end()
  })
}

const ofConnection = /^(?:connection|keep-alive|transfer-encoding|content-length|date|trailer|upgrade)$/
/** What an answer means, however it is framed. */
function meaning({ status, reason, headers, body }: Reading): unknown {
  const listed = (headers.connection ?? '').toLowerCase().split(',')
  const kept = Object.entries(headers).filter(
    ([name]) => !ofConnection.test(name) && !listed.some((each) => each.trim() === name),
  )
  return { status, reason, headers: Object.fromEntries(kept), body }
}

test('whatever bytes a target answers, the client reads what node reads of them, or that the target has failed', async () => {
  let bytes = ''
  let closes = false
  await using target = await rawTarget((text, socket) => {
    if (!text.endsWith('\r\n\r\n')) return
    if (text.lastIndexOf(' /second ') > text.lastIndexOf(' /first ')) {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond')
      return
    }
    socket.write(bytes, 'latin1')
    // Long enough for the second request to come on this connection, should it be used again.
    if (closes) socket.end()
    else setTimeout(() => socket.end(), 15)
  })
  await using front = await startFront(target.url)
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const once = new Agent({ keepAlive: false })
  const failed = (): number => front.events.filter((event) => event.startsWith('failed')).length
  let passed = 0
  await fc.assert(
    fc.asyncProperty(answer, fc.constantFrom('GET', 'GET', 'HEAD'), fc.boolean(), async (text, method, doesClose) => {
      bytes = text
      closes = doesClose
      const failures = failed()
      const got = await read(front.port, '/first', method, kept)
      const hasFailed = failed() > failures
      const second = await read(front.port, '/second', 'GET', kept)
      expect(second?.body, JSON.stringify({ text, method })).toBe('second')
      if (hasFailed || got === undefined) return
      passed++
      // Bytes behind an answer are an error for node; here they end the connection, and the answer before them stands.
      const readings: unknown[] = []
      closes = true
      for (let end = text.length; end > 0; end--) {
        bytes = text.slice(0, end)
        const expected = await read(target.port, '/first', method, once)
        if (expected === undefined) continue
        readings.push(meaning(expected))
        if (isDeepStrictEqual(meaning(got), meaning(expected))) return
        // What was complete for node with no byte left over is what it means.
        if (end === text.length) break
      }
      expect.fail(JSON.stringify({ text, method, got, readings }))
    }),
    { numRuns: 400, interruptAfterTimeLimit: 60_000, endOnFailure: true },
  )
  // Or all this would prove nothing.
  expect(passed).toBeGreaterThan(20)
  kept.destroy()
  once.destroy()
}, 120_000)
