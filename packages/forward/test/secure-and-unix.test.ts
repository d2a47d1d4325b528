import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange, get, listenOn, rawTarget, startFront, until } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'forward-'))
const file = (name: string): Buffer => readFileSync(join(folder, name))

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

/** A certificate signed by `ca`. */
function certificate(name: string, altName: string): void {
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${altName}`,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    `${name}.crt`,
  )
}

beforeAll(() => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  )
  certificate('localhost', 'DNS:localhost')
  certificate('client', 'DNS:client')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function secureTarget(
  options: ServerOptions = {},
): Promise<AsyncDisposable & { url: string; names: unknown[]; clients: unknown[]; connections: () => number }> {
  const names: unknown[] = []
  const clients: unknown[] = []
  let connections = 0
  const server = createServer(
    { key: file('localhost.key'), cert: file('localhost.crt'), ...options },
    (request, response) => {
      const socket = request.socket as TLSSocket // an https server has no others
      names.push((socket as TLSSocket & { servername?: unknown }).servername)
      clients.push(socket.getPeerCertificate().subject?.CN)
      response.end('secure')
    },
  )
  server.on('secureConnection', () => connections++)
  const port = await listenOn(server)
  return {
    url: `https://localhost:${port}`,
    names,
    clients,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('https targets', () => {
  test('are checked against the authority given, by their own name and not the client’s Host', async () => {
    await using target = await secureTarget()
    await using front = await startFront(target.url, { tls: () => ({ ca: file('ca.crt') }) })
    expect(await exchange(front.port, get())).toMatch(/secure/)
    expect(target.names).toEqual(['localhost'])
    await exchange(front.port, get())
    expect(target.connections()).toBe(1)
  })

  test('signed by an unknown authority: 503, and nothing was sent', async () => {
    await using target = await secureTarget()
    await using front = await startFront(target.url)
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(front.events[0]).toMatch(/^failed (SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)/)
    expect(target.names).toEqual([])
    await until('the close', () => front.forwarder.connections.open === 0)
  })

  test('with another name than the URL has: 503, even if the client’s Host fits', async () => {
    await using target = await secureTarget()
    await using front = await startFront(target.url.replace('localhost', '127.0.0.1'), {
      tls: () => ({ ca: file('ca.crt') }),
    })
    expect(await exchange(front.port, get().replace('Host: front', 'Host: localhost'))).toMatch(/^HTTP\/1.1 503/)
    expect(front.events).toEqual(['failed ERR_TLS_CERT_ALTNAME_INVALID'])
  })

  test('unchecked when told so', async () => {
    await using target = await secureTarget()
    await using front = await startFront(target.url, { tls: () => ({ rejectUnauthorized: false }) })
    expect(await exchange(front.port, get())).toMatch(/secure/)
  })

  test('are shown the client certificate, and one read anew after closeIdle', async () => {
    await using target = await secureTarget({ ca: file('ca.crt'), requestCert: true, rejectUnauthorized: true })
    let tls: object = { ca: file('ca.crt') }
    await using front = await startFront(target.url, { tls: () => tls })
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    tls = { ca: file('ca.crt'), key: file('client.key'), cert: file('client.crt') }
    front.forwarder.closeIdle()
    expect(await exchange(front.port, get())).toMatch(/secure/)
    expect(target.clients).toEqual(['client'])
  })

  test('megabytes come through unchanged', async () => {
    const big = Buffer.alloc(5_000_000, 'abcdefghijk')
    const server = createServer({ key: file('localhost.key'), cert: file('localhost.crt') }, (_request, response) =>
      response.end(big),
    )
    const port = await listenOn(server)
    await using front = await startFront(`https://localhost:${port}`, { tls: () => ({ ca: file('ca.crt') }) })
    const answer = await exchange(front.port, get())
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4) === big.toString('latin1')).toBe(true)
    front.forwarder.close()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('unix socket targets', () => {
  test('are asked, with connections kept', async () => {
    const path = join(folder, 'target.sock')
    await using target = await rawTarget(
      (_text, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
      path,
    )
    await using front = await startFront(`http+unix://${encodeURIComponent(path)}/base`)
    expect(await exchange(front.port, get('/x'))).toMatch(/ok$/)
    expect(await exchange(front.port, get('/y'))).toMatch(/ok$/)
    expect(target.received).toHaveLength(1)
    expect(target.received[0]).toMatch(/^GET \/base\/x HTTP[^]*GET \/base\/y HTTP/)
  })

  test('that are not there: 503', async () => {
    await using front = await startFront('unix+http://%2Fnowhere%2Fat.all')
    expect(await exchange(front.port, get())).toMatch(/^HTTP\/1.1 503/)
    expect(front.events).toEqual(['failed ENOENT'])
  })
})
