import fc from 'fast-check'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { answering, listenOn, rawClient, rawTarget, startFront, until } from './support.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Pieces out of which readings that differ are made. */
const piece = fc.oneof(
  fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', ':', ',', ';', '\0', '\x7f', '\xa0', 'chunked', '0', '5', 'hello'),
  fc.constantFrom('\r\n\r\n', '0\r\n\r\n', '5\r\nhello\r\n', 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'),
)
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'Content-Length: 5',
      'Content-Length: 0',
      'Transfer-Encoding: chunked',
      'Connection: keep-alive',
      'X: 1',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'Content-Length: 5, 5',
        'Content-Length : 5',
        'Content-Length: 05',
        'content-length:5',
        'Transfer-Encoding: identity',
        'Transfer-Encoding:\tchunked',
      ],
      ...[
        'Transfer-Encoding: chunked, chunked',
        'Transfer-Encoding: x',
        'Connection: Content-Length',
        'Connection: Transfer-Encoding, X',
        'Connection: upgrade',
      ],
      ...[
        'Upgrade: websocket',
        'Upgrade: h2c',
        'Expect: 100-continue',
        'Host: other',
        ' folded: 1',
        'X: a\rb',
        'X\0: 1',
        'TE: trailers',
        '__proto__: 1',
      ],
    ),
  },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')) },
)
const ending = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r')
const message = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT'),
    fc.constantFrom('/', '/a?b', '/a//b', '*', 'http://h/p', '/a\\b', '/%00'),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0'),
    fc.array(fc.tuple(line, ending), { maxLength: 5 }),
    fc.array(piece, { maxLength: 5 }),
  )
  .map(([method, url, version, lines, rest]) => {
    const headers = [['Host: a', '\r\n'], ...lines].map(([text, end]) => `${text}${end}`).join('')
    return `${method} ${url} ${version}\r\n${headers}\r\n${rest.join('')}`
  })

interface Reading {
  readonly method: string
  readonly body: string
}

/** Reads a stream as node does; stops at the first thing it refuses. */
async function reader(): Promise<{ read: (bytes: string) => Promise<Reading[]>; close: () => Promise<void> }> {
  let readings: Reading[] = []
  let pending = 0
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const chunks: Buffer[] = []
    pending++
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      pending--
      readings.push({ method: request.method ?? '', body: Buffer.concat(chunks).toString('latin1') })
      response.writeHead(200, { 'content-length': 0 }).end()
    })
    request.on('error', () => pending--)
  })
  server.on('upgrade', (request, socket) => {
    readings.push({ method: request.method ?? '', body: '' })
    socket.destroy()
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.maxHeadersCount = 0
  const port = await listenOn(server)
  return {
    async read(bytes) {
      readings = []
      pending = 0
      using client = await rawClient(port, bytes)
      client.socket.end()
      await client.closed()
      return readings
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

test('whatever bytes come, the target reads what node has read, and never more', async () => {
  const byNode = await reader()
  await using target = await rawTarget(answering(ok))
  await using front = await startFront(target.url)
  await fc.assert(
    fc.asyncProperty(message, async (bytes) => {
      const expected = await byNode.read(bytes)
      const before = target.received.length
      front.forwarder.closeIdle()
      {
        using client = await rawClient(front.port, bytes)
        client.socket.end()
        await client.closed()
      }
      await until('all ends', () => front.forwarder.connections.open === front.forwarder.connections.idle)
      const left = [...expected]
      for (const stream of target.received.slice(before)) {
        // A request that breaks off is whole for neither; what is whole for the target was whole for node, once.
        for (const seen of await byNode.read(stream)) {
          const at = left.findIndex(({ method, body }) => method === seen.method && body === seen.body)
          expect(at, JSON.stringify({ bytes, stream })).toBeGreaterThanOrEqual(0)
          left.splice(at, 1)
        }
      }
    }),
    { numRuns: 600, interruptAfterTimeLimit: 60_000, endOnFailure: true },
  )
  await byNode.close()
}, 120_000)

test('the target is asked once for each request node has read as a whole', async () => {
  const plain = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
    body: fc.option(fc.string({ unit: 'binary-ascii', maxLength: 40 }), { nil: undefined }),
    chunked: fc.boolean(),
  })
  const byNode = await reader()
  await using target = await rawTarget((text, socket) => {
    if (/\r\n\r\n$/.test(text) || !/chunked/.test(text)) socket.write(ok)
  })
  await using front = await startFront(target.url)
  await fc.assert(
    fc.asyncProperty(plain, async ({ method, body, chunked }) => {
      const framing =
        body === undefined ? '' : chunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${body.length}\r\n`
      const sent =
        body === undefined
          ? ''
          : chunked
            ? `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`
            : body
      const bytes = `${method} / HTTP/1.1\r\nHost: a\r\n${framing}\r\n${sent}`
      const before = target.received.length
      front.forwarder.closeIdle()
      using client = await rawClient(front.port, bytes)
      await client.wait('ok')
      expect(target.received).toHaveLength(before + 1)
      const end = chunked && body !== undefined ? '0\r\n\r\n' : (body ?? '')
      await until('the whole request', () => target.received[before]?.endsWith(end))
      expect(await byNode.read(target.received[before] ?? '')).toEqual([{ method, body: body ?? '' }])
    }),
    { numRuns: 100 },
  )
  await byNode.close()
}, 60_000)
