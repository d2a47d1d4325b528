import { request as httpRequest } from 'node:http'
import { CustomHeaderError, Forwarder, parseTarget, type ForwarderOptions } from '@hub/forward'
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
  until,
} from './support.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What a target receives of these bytes. */
async function received(text: string, options: ForwarderOptions = {}, base = ''): Promise<string> {
  await using target = await rawTarget((all, socket) => {
    if (/\r\n\r\n$/.test(all) || !/content-length: [1-9]|chunked/i.test(all)) socket.end(ok)
    else if (/\r\n\r\n[^]+/.test(all) && !/chunked/i.test(all)) socket.end(ok)
  })
  await using front = await startFront(target.url + base, options)
  await exchange(front.port, text)
  expect(target.received.length).toBeLessThanOrEqual(1)
  return (target.received[0] ?? '').replaceAll(`127.0.0.1:${target.port}`, 'TARGET')
}

describe('what a target is told of a request', () => {
  test('line, headers and forwarded headers, in one order', async () => {
    expect(await received(get('/a%2Fb//c?d=%20', 'X-One: 1\r\nCookie: a=1\r\nCookie: b=2\r\n'))).toBe(
      [
        'GET /a%2Fb//c?d=%20 HTTP/1.1',
        'host: front',
        'x-one: 1',
        'cookie: a=1; b=2',
        'x-forwarded-for: 127.0.0.1',
        'x-forwarded-port: 80',
        'x-forwarded-proto: http',
        'x-forwarded-host: front',
        'connection: keep-alive',
        '',
        '',
      ].join('\r\n'),
    )
  })

  test('headers about the connection, and what Connection lists, are not passed on', async () => {
    const text = await received(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop, Authorization\r\nX-Hop: 1\r\nAuthorization: token t\r\nTE: trailers\r\nTrailer: X\r\nKeep-Alive: 5\r\nProxy-Authorization: p\r\nProxy-Connection: x\r\nUpgrade: x\r\n\r\n',
    )
    expect(text).not.toMatch(/x-hop|\nte:|trailer|keep-alive: 5|proxy-|upgrade/)
    // Taking this one away would let a client make itself somebody else's equal before the target.
    expect(text).toContain('authorization: token t\r\n')
  })

  test('forwarded headers of a proxy in front are appended to with a bare comma', async () => {
    const text = await received(
      get(
        '/',
        'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\nX-Forwarded-Host: site\r\n',
      ).replace('Host: front', 'Host: [::1]:8080'),
    )
    expect(text).toContain('x-forwarded-for: 1.2.3.4,127.0.0.1\r\n')
    expect(text).toContain('x-forwarded-proto: https,http\r\n')
    expect(text).toContain('x-forwarded-port: 443,8080\r\n')
    expect(text).toContain('x-forwarded-host: site\r\n')
  })

  test('without xForward they are left alone', async () => {
    const text = await received(get('/', 'X-Forwarded-For: 1.2.3.4\r\n'), { xForward: false })
    expect(text).toContain('x-forwarded-for: 1.2.3.4\r\n')
    expect(text).not.toMatch(/x-forwarded-(port|proto|host)/)
  })

  test('custom headers win over the client, a changed origin over custom headers', async () => {
    const options = { customHeaders: { 'X-One': 'ours', 'X-Forwarded-Proto': 'https', Host: 'custom' } }
    const text = await received(get('/', 'x-oNe: theirs\r\n'), options)
    expect(text).toContain('x-one: ours\r\n')
    expect(text).not.toContain('theirs')
    expect(text).toContain('x-forwarded-proto: https\r\n')
    expect(text.match(/host: \S+/g)).toEqual(expect.arrayContaining(['host: custom']))
    expect(await received(get(), { ...options, changeOrigin: true })).toContain('\r\nhost: TARGET\r\n')
  })

  test.each(['Connection', 'transfer-encoding', 'Content-Length', 'a b'])('the custom header %s is refused', (name) => {
    expect(() => new Forwarder({ customHeaders: { [name]: 'x' } })).toThrow(CustomHeaderError)
  })

  test('HTTP/1.0 without Host gets the target’s', async () => {
    expect(await received('GET / HTTP/1.0\r\n\r\n')).toContain('\r\nhost: TARGET\r\n')
  })

  test('path and query of the target come first', async () => {
    expect(await received(get('/x?a=1'), {}, '/base/?t=1')).toMatch(/^GET \/base\/x\?t=1&a=1 HTTP/)
  })

  test.each([
    ['/a/../b/./c/%2e%2e/d', '/b/d'],
    ['/a\\b', '/a/b'],
    ['/%40@%7Euser', '/%40@%7Euser'],
    ['/a{b}"<>`', '/a%7Bb%7D%22%3C%3E%60'],
    ['http://elsewhere:1/p?q', '/p?q'],
    ['//a/b', '//a/b'],
    ['/a?', '/a'],
  ])('%s is asked for as %s', async (sent, asked) => {
    expect((await received(get(sent))).split(' ')[1]).toBe(asked)
  })

  test('a unix target cannot end the request line early', () => {
    const target = parseTarget('http+unix://%2Fs/a b\r\nX: 1?q r')
    expect(target.basePath + target.baseQuery).not.toMatch(/[\s]/)
  })
})

describe('bodies', () => {
  test('with a length', async () => {
    const text = await received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello')
    expect(headOf(text)).toContain('content-length: 5\r\n')
    expect(bodyOf(text)).toBe('hello')
  })

  test.each(['GET', 'POST', 'DELETE', 'OPTIONS'])(
    'chunked, of a %s: framed anew, trailers and extensions dropped',
    async (method) => {
      await using target = await rawTarget((all, socket) => {
        if (all.endsWith('0\r\n\r\n')) socket.end(ok)
      })
      await using front = await startFront(target.url)
      const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
      await exchange(
        front.port,
        `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${smuggled.length.toString(16)};x=y\r\n${smuggled}\r\n0\r\nX-T: 1\r\n\r\n`,
      )
      expect(target.received).toHaveLength(1)
      const text = target.received[0] ?? ''
      expect(headOf(text)).toContain('transfer-encoding: chunked\r\n')
      expect(headOf(text)).not.toContain('content-length')
      expect(bodyOf(text)).toBe(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`)
    },
  )

  test.each(['POST', 'DELETE', 'OPTIONS'])('a %s without a body says so', async (method) => {
    expect(await received(get().replace('GET', method))).toContain('content-length: 0\r\n')
  })

  test('an upload is held back by a target that does not read', async () => {
    await using target = await rawTarget()
    await using front = await startFront(target.url)
    const upload = httpRequest({ port: front.port, host: '127.0.0.1', method: 'POST' })
    upload.on('error', () => {})
    const block = Buffer.alloc(64 * 1024)
    let sent = 0
    let stuck = false
    upload.write(block)
    await until('the target to be asked', () => target.sockets.length === 1)
    target.sockets[0]?.pause()
    while (!stuck && sent < 200 * 1024 * 1024) {
      sent += block.length
      if (upload.write(block)) continue
      stuck = await Promise.race([
        new Promise<false>((resolve) => upload.once('drain', () => resolve(false))),
        new Promise<true>((resolve) => setTimeout(() => resolve(true), 300)),
      ])
    }
    expect(stuck).toBe(true)
    expect(sent).toBeLessThan(40 * 1024 * 1024)
    upload.destroy()
    target.sockets[0]?.resume()
    await until('the target connection to be closed', () => front.forwarder.connections.open === 0)
  })

  test('each piece of a body is activity', async () => {
    await using target = await httpTarget((request, response) => {
      request.resume().on('end', () => response.writeHead(500).end())
    })
    await using front = await startFront(target.url)
    using client = await rawClient(
      front.port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1',
    )
    await until('activity', () => front.clientActive.count === 1)
    client.send('2')
    await client.closed()
    expect(front.clientActive.count).toBe(2)
    expect(front.events).toEqual(['answered 500', 'finished 500'])
  })

  test('Expect: 100-continue is answered here', async () => {
    await using target = await httpTarget((request, response) => {
      request.resume().on('end', () => response.end('done'))
    })
    await using front = await startFront(target.url)
    using client = await rawClient(
      front.port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    )
    await client.wait('100 Continue')
    client.send('ok')
    expect((await client.closed()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
  })
})

describe('requests with two readings', () => {
  const body = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
  test.each([
    [
      'length and chunks',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`,
    ],
    ['two lengths', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
    ['a list of lengths', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, ${body.length}\r\n\r\n${body}`],
    ['a signed length', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +${body.length}\r\n\r\n${body}`],
    ['a hexadecimal length', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n${body}`],
    ['an unknown coding', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n${body}`],
    ['two codings', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${body}`],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`,
    ],
    [
      'chunks in HTTP/1.0',
      `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n${body}`,
    ],
    ['a blank before the colon', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${body}`],
    ['a folded header', `POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`],
    ['bare line feeds', `POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n${body}`],
    [
      'a bare carriage return',
      `POST / HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`,
    ],
    [
      'a bare line feed after a chunk size',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nZ\r\n0\r\n\r\n${body}`,
    ],
    ['two hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
    ['HTTP/2 in its first line', `GET / HTTP/2.0\r\nHost: a\r\n\r\n`],
    ['HTTP/0.9', `GET /\r\n\r\n`],
    ['no host', `GET / HTTP/1.1\r\n\r\n`],
    ['a blank in the URL', `GET /a b HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a NUL in a header', `GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n`],
  ])('%s: refused, and nothing of it is a request for the target', async (_what, text) => {
    await using target = await rawTarget(answering(ok))
    await using front = await startFront(target.url)
    const answer = await exchange(front.port, text)
    expect(answer).toMatch(/^HTTP\/1.1 400/)
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1)
    // A chunked body may turn out malformed after its head was passed on: then that connection carries nothing more.
    expect(target.received.join('')).not.toContain('smuggled')
  })

  test('a handshake with a body sends no byte of it before the target has agreed', async () => {
    await using target = await rawTarget((text, socket) => {
      if (text.endsWith('\r\n\r\n')) socket.write(ok)
    })
    await using front = await startFront(target.url)
    const answer = await exchange(
      front.port,
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(bodyOf(answer)).toBe('ok')
    expect(target.received.join('')).not.toContain('smuggled')
  })
})
