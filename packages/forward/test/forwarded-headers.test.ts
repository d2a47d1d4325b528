import { connect } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TrustedProxies, TrustedProxyError, type ForwarderOptions } from '@hub/forward'
import { describe, expect, test } from 'vitest'
import { answering, exchange, get, headOf, listenOn, rawTarget, startFront, until } from './support.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const told = [
  'X-Forwarded-For: 203.0.113.7',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 443',
  'X-Forwarded-Host: site.example',
  'X-Forwarded-Prefix: /evil',
  'Forwarded: for=203.0.113.7',
  'X-Real-IP: 203.0.113.7',
  'X-Scheme: https',
]
  .map((line) => `${line}\r\n`)
  .join('')

async function seen(options: ForwarderOptions, request = get('/', told)): Promise<Record<string, string>> {
  await using target = await rawTarget(answering(ok))
  await using front = await startFront(target.url, options)
  await exchange(front.port, request)
  const lines = headOf(target.received[0] ?? '')
    .split('\r\n')
    .slice(1, -1)
  return Object.fromEntries(
    lines.map((line) => line.split(/: (.*)/, 2)).filter(([name = '']) => /forwarded|^x-/.test(name)),
  ) as Record<string, string> // each line had a colon
}

const replaced = {
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-port': '80',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'front',
}
const kept = {
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'site.example',
  'x-forwarded-prefix': '/evil',
  forwarded: 'for=203.0.113.7',
  'x-real-ip': '203.0.113.7',
  'x-scheme': 'https',
}
const appended = {
  ...kept,
  'x-forwarded-for': '203.0.113.7,127.0.0.1',
  'x-forwarded-port': '443,80',
  'x-forwarded-proto': 'https,http',
}

describe('what a client says about who asked', () => {
  test.each([
    ['append', appended],
    ['replace', replaced],
    ['keep', kept],
  ] as const)('%s', async (xForward, expected) => {
    expect(await seen({ xForward })).toEqual(expected)
  })

  test.each([
    ['append', appended],
    ['replace', replaced],
    ['keep', kept],
  ] as const)('%s, from a front server that is trusted', async (xForward, expected) => {
    expect(await seen({ xForward, trustedProxies: new TrustedProxies(['10.0.0.0/8', '127.0.0.1']) })).toEqual(expected)
  })

  test.each(['append', 'replace', 'keep'] as const)('%s, from anybody else: it is not believed', async (xForward) => {
    expect(await seen({ xForward, trustedProxies: new TrustedProxies(['10.0.0.0/8', '::1', 'unix']) })).toEqual(
      replaced,
    )
  })

  test('a WebSocket is no other', async () => {
    const request = `GET / HTTP/1.1\r\nHost: a:81\r\n${told}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    const headers = await seen({ trustedProxies: new TrustedProxies([]) }, request)
    expect(headers).toEqual({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-port': '81', 'x-forwarded-proto': 'ws' })
  })

  test('on a Unix socket a front server is believed when told so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forward-'))
    await using target = await rawTarget(answering(ok))
    for (const [entries, expected] of [
      [['unix'], '203.0.113.7'],
      [['127.0.0.1'], undefined],
    ] as const) {
      const received = target.received.length
      await using front = await startFront(target.url, { trustedProxies: new TrustedProxies(entries) })
      await new Promise((resolve) => front.server.close(resolve))
      await listenOn(front.server, join(folder, 'front.sock'))
      const client = connect(join(folder, 'front.sock'))
      client.write(get('/', told))
      await until('the request', () => target.received[received]?.includes('\r\n\r\n'))
      expect(/x-forwarded-for: (.*)\r/.exec(target.received[received] ?? '')?.[1]).toBe(expected)
      client.destroy()
    }
    rmSync(folder, { recursive: true })
  })
})

describe('trusted proxies', () => {
  test.each(['10.0.0.0/33', 'localhost', '', '10.0.0', '::/129', '10.0.0.0/'])('%j is refused', (entry) => {
    expect(() => new TrustedProxies([entry])).toThrow(TrustedProxyError)
  })

  const trusted = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32', 'unix'])
  test.each([
    ['192.0.2.1', '203.0.113.7', '192.0.2.1'],
    ['10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['::ffff:10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['10.1.2.3', '198.51.100.9, 203.0.113.7,10.9.9.9', '203.0.113.7'],
    ['2001:db8::1', '2001:db9::1', '2001:db9::1'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.7, garbage, 10.0.0.1', '10.0.0.1'],
    ['10.1.2.3', '10.0.0.2,10.0.0.1', '10.0.0.2'],
    [undefined, '203.0.113.7', '203.0.113.7'],
  ])('a connection from %s for %s is of the client %s', (remoteAddress, forwardedFor, expected) => {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
    // All that is looked at of a request.
    const request = { socket: { remoteAddress }, headers } as Parameters<TrustedProxies['clientOf']>[0]
    expect(trusted.clientOf(request)).toBe(expected)
  })
})
