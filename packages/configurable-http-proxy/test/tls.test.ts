import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as httpsRequest, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy, startTarget, temporaryFolder, until } from './support.js'

const folder = temporaryFolder()
const at = (name: string): string => folder.at(name)
const tlsOf = (name: string, more = {}) => ({
  key: at(`${name}.key`),
  cert: at(`${name}.crt`),
  requestCert: false,
  rejectUnauthorized: false,
  ...more,
})

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder.path, stdio: 'pipe' })
}

function authority(name: string): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  )
}

function certificate(name: string, ca: string, ...key: string[]): void {
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    ...(key.length > 0 ? key : ['-nodes']),
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${ca}.crt`,
    '-CAkey',
    `${ca}.key`,
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
  authority('ca1')
  authority('ca2')
  certificate('server', 'ca1')
  certificate('second', 'ca1')
  certificate('client1', 'ca1')
  certificate('client2', 'ca2')
  certificate('locked', 'ca1', '-passout', 'pass:open')
  writeFileSync(at('bundle.crt'), readFileSync(at('ca1.crt'), 'utf8') + readFileSync(at('ca2.crt'), 'utf8'))
  writeFileSync(at('both.pem'), readFileSync(at('server.crt'), 'utf8') + readFileSync(at('server.key'), 'utf8'))
})
afterAll(() => folder[Symbol.dispose]())

interface Answer {
  readonly status: number
  readonly body: string
  readonly certificate: string
  readonly protocol: string | null
  readonly alpn: string | false | null
}

function get(
  origin: string,
  path: string,
  more: RequestOptions & Pick<ConnectionOptions, 'ALPNProtocols'> = {},
): Promise<Answer> {
  const [host, port] = origin.split(':')
  return new Promise((resolve, reject) => {
    httpsRequest({ host, port, path, ca: readFileSync(at('ca1.crt')), agent: false, ...more }, (response) => {
      const socket = response.socket as TLSSocket // of an https request
      const certificate = socket.getPeerCertificate().subject?.CN ?? ''
      let body = ''
      response.on('data', (bytes: Buffer) => (body += bytes.toString()))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          certificate,
          protocol: socket.getProtocol(),
          alpn: socket.alpnProtocol,
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}
const shown = (name: string) => ({ key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.crt`)) })

describe('the proxy over TLS', () => {
  test('forwards, tells the target, and offers HTTP/1.1 only', async () => {
    await using target = await startTarget()
    await using proxy = await startProxy({ tls: tlsOf('server') })
    await proxy.route('/', { target: target.url })
    expect(await get(proxy.at, '/', { ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({
      status: 200,
      body: 'target',
      certificate: 'server',
      alpn: 'http/1.1',
    })
    expect(target.seen[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': proxy.at.split(':')[1],
    })
  })

  test('an offer of h2c is not taken, and the request answered', async () => {
    await using target = await startTarget()
    await using proxy = await startProxy({ tls: tlsOf('server') })
    await proxy.route('/', { target: target.url })
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' }
    expect(await get(proxy.at, '/x', { method: 'POST', headers })).toMatchObject({ status: 200, body: 'target' })
    expect(target.seen[0]?.headers).toMatchObject({ 'x-forwarded-proto': 'https' })
  })

  test('WebSockets too', async () => {
    await using target = await startTarget()
    await using proxy = await startProxy({ tls: tlsOf('server') })
    await proxy.route('/', { target: target.url })
    const [host = '', port] = proxy.at.split(':')
    const socket = tlsConnect({ host, port: Number(port), ca: readFileSync(at('ca1.crt')) })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    let text = ''
    await new Promise<void>((resolve) => {
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString()
        if (text.endsWith('\r\n\r\n')) socket.write('hello')
        if (text.endsWith('hello')) resolve()
      })
    })
    expect(text).toMatch(/^HTTP\/1.1 101/)
    expect(target.seen[0]?.headers['x-forwarded-proto']).toBe('wss')
    socket.destroy()
  })

  test('a key with a passphrase, certificate and key in one file, one protocol version', async () => {
    {
      await using proxy = await startProxy({ tls: tlsOf('locked', { passphrase: 'open' }) })
      expect((await get(proxy.at, '/')).certificate).toBe('locked')
    }
    await using proxy = await startProxy({
      tls: { cert: at('both.pem'), requestCert: false, rejectUnauthorized: false },
      tlsVersion: 'TLSv1.2',
    })
    expect(await get(proxy.at, '/')).toMatchObject({ certificate: 'server', protocol: 'TLSv1.2' })
    await expect(get(proxy.at, '/', { minVersion: 'TLSv1.3' })).rejects.toThrow()
  })

  test('new files are used after a reload, unusable ones are not', async () => {
    copyFileSync(at('server.key'), at('live.key'))
    copyFileSync(at('server.crt'), at('live.crt'))
    await using proxy = await startProxy({ tls: tlsOf('live') })
    expect((await get(proxy.at, '/')).certificate).toBe('server')
    copyFileSync(at('second.key'), at('live.key'))
    copyFileSync(at('second.crt'), at('live.crt'))
    expect((await get(proxy.at, '/')).certificate).toBe('server')
    await proxy.proxy.reload()
    expect((await get(proxy.at, '/')).certificate).toBe('second')
    writeFileSync(at('live.crt'), 'nonsense')
    await expect(proxy.proxy.reload()).rejects.toThrow(/live/)
    expect((await get(proxy.at, '/')).certificate).toBe('second')
  })
})

describe('certificates', () => {
  test('by the name the client asks for; nobody speaks an older version than allowed', async () => {
    const hosts = [{ name: 'second.example', cert: at('second.crt'), key: at('second.key') }]
    await using proxy = await startProxy({ tls: tlsOf('server', { hosts }), tlsMinVersion: 'TLSv1.3' })
    const other = { servername: 'second.example', checkServerIdentity: () => undefined }
    expect(await get(proxy.at, '/', other)).toMatchObject({ certificate: 'second', protocol: 'TLSv1.3' })
    expect(await get(proxy.at, '/')).toMatchObject({ certificate: 'server' })
    await expect(get(proxy.at, '/', { maxVersion: 'TLSv1.2' })).rejects.toThrow()
  })

  test('that change on disk are used by themselves, and no open connection is dropped', async () => {
    copyFileSync(at('server.key'), at('renewed.key'))
    copyFileSync(at('server.crt'), at('renewed.crt'))
    await using target = await startTarget()
    await using proxy = await startProxy({ tls: tlsOf('renewed') })
    await proxy.route('/', { target: target.url })
    const [host = '', port] = proxy.at.split(':')
    const open = tlsConnect({ host, port: Number(port), ca: readFileSync(at('ca1.crt')) })
    let text = ''
    open.on('data', (bytes: Buffer) => (text += bytes.toString()))
    open.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await until('the handshake', () => text.includes(' 101 '))
    copyFileSync(at('second.key'), at('renewed.key'))
    copyFileSync(at('second.crt'), at('renewed.crt'))
    await until('the new one', async () => (await get(proxy.at, '/')).certificate === 'second', 20_000)
    open.write('still here')
    await until('the echo', () => text.endsWith('still here'))
    open.destroy()
  })
})

describe('the API over TLS', () => {
  test('takes clients of every authority in the bundle, and no others', async () => {
    await using proxy = await startProxy({
      apiTls: tlsOf('server', { ca: at('bundle.crt'), requestCert: true, rejectUnauthorized: true }),
    })
    for (const client of ['client1', 'client2'])
      expect((await get(proxy.api, '/api/routes', shown(client))).status).toBe(200)
    await expect(get(proxy.api, '/api/routes')).rejects.toThrow()
  })
})

describe('https targets', () => {
  async function secureTarget(): Promise<AsyncDisposable & { url: string }> {
    const server = createServer(
      { ...shown('server'), ca: readFileSync(at('bundle.crt')), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN) // an https server has no other sockets
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      url: `https://localhost:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  test('are checked against the bundle and shown the certificate; so is the error target', async () => {
    await using target = await secureTarget()
    await using proxy = await startProxy({
      clientTls: { key: at('client2.key'), cert: at('client2.crt'), ca: at('bundle.crt') },
      errorTarget: target.url,
    })
    await proxy.route('/r', { target: target.url })
    expect((await proxy.get('/r', { headers: { host: 'hub.example' } })).body).toBe('client2')
    expect(await proxy.get('/none')).toMatchObject({ status: 404, body: 'client2' })
  })

  test('of an unknown authority are refused, unless checks are off', async () => {
    await using target = await secureTarget()
    const client = { key: at('client1.key'), cert: at('client1.crt') }
    {
      await using proxy = await startProxy({ clientTls: client })
      await proxy.route('/', { target: target.url })
      expect((await proxy.get('/')).status).toBe(503)
    }
    await using proxy = await startProxy({ clientTls: client, insecure: true })
    await proxy.route('/', { target: target.url })
    expect((await proxy.get('/')).body).toBe('client1')
  })
})
