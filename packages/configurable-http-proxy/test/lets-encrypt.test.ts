import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ask, freePort, run, startTarget, temporaryFolder, until } from './support.js'

const programs = ['/usr/bin/certbot', '/usr/bin/pebble', '/usr/bin/pebble-challtestsrv']
const host = 'hub.example.org'
const page = readFileSync(new URL('../../../docs/how-to/lets-encrypt.md', import.meta.url), 'utf8')

/** A command that the page shows, in words. */
function shown(start: string): string[] {
  const line = page.split('\n').find((each) => each.startsWith(start))
  if (line === undefined) throw new Error(`the page shows no '${start}'`)
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''))
}

function start(command: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve))
    if (child.kill('SIGKILL')) await ended
  })
  return child
}

/** An authority of the kind of Let's Encrypt's, for which every name is on this machine. */
async function startAuthority(folder: { at(name: string): string }, httpPort: number) {
  const [port, managementPort, dnsPort, tlsPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const [key, cert] = [folder.at('authority.key'), folder.at('authority.crt')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...names], {
    stdio: 'pipe',
  })
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    ...{ certificate: cert, privateKey: key, httpPort, tlsPort, ocspResponderURL: '' },
  }
  writeFileSync(folder.at('authority.json'), JSON.stringify({ pebble }))
  const dns = `127.0.0.1:${dnsPort}`
  start('/usr/bin/pebble-challtestsrv', [
    ...['-dns01', dns, '-management', `127.0.0.1:${await freePort()}`, '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''],
    ...['-http01', '', '-https01', '', '-tlsalpn01', ''],
  ])
  const env = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' }
  start('/usr/bin/pebble', ['-config', folder.at('authority.json'), '-dnsserver', dns], env)
  const fetchRoot = () =>
    new Promise<string>((resolve, reject) => {
      const options = {
        ca: readFileSync(cert),
        host: 'localhost',
        port: managementPort,
        path: '/roots/0',
        agent: false,
      }
      request(options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(text))
      })
        .on('error', reject)
        .end()
    })
  let root = ''
  await until('the authority', async () => (root = await fetchRoot().catch(() => '')) !== '')
  return { url: `https://localhost:${port}/dir`, cert, root }
}

/** @returns the connection, whose certificate was accepted by the authority's root alone */
function connected(port: number, root: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: host, ca: root }, () => resolve(socket))
    socket.on('error', reject)
    onTestFinished(() => void socket.destroy())
  })
}

const answerOn = async (socket: TLSSocket): Promise<string> => {
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  return String(await new Promise<unknown>((resolve) => socket.once('data', resolve)))
}

describe("Let's Encrypt", () => {
  test.runIf(programs.every(existsSync))(
    'certbot gets a certificate and renews it behind the proxy, as the page says',
    { timeout: 60_000 },
    async () => {
      using folder = temporaryFolder()
      const [port, httpPort, apiPort, renewalPort] = [
        await freePort(),
        await freePort(),
        await freePort(),
        await freePort(),
      ]
      const authority = await startAuthority(folder, httpPort)
      const folders = ['config', 'work', 'logs'].flatMap((name) => {
        mkdirSync(folder.at(name))
        return [`--${name}-dir`, folder.at(name)]
      })
      const certbot = async ([, ...words]: readonly string[], ...more: readonly string[]): Promise<void> => {
        const env = { ...process.env, REQUESTS_CA_BUNDLE: authority.cert }
        await promisify(execFile)('/usr/bin/certbot', [...words, ...folders, '-n', ...more], { env })
      }
      const account = ['--server', authority.url, '--agree-tos', '--register-unsafely-without-email']
      await certbot(shown('certbot certonly'), ...account, '--http-01-port', String(httpPort))

      const live = (name: string): string => folder.at(`config/live/${host}/${name}`)
      await using target = await startTarget('behind https')
      await using proxy = run(
        [
          ...['--ip', '127.0.0.1', '--port', String(port), '--api-port', String(apiPort)],
          ...['--redirect-port', String(httpPort), '--default-target', target.url],
          ...['--ssl-key', live('privkey.pem'), '--ssl-cert', live('fullchain.pem')],
        ],
        { CONFIGPROXY_AUTH_TOKEN: 'secret' },
      )
      await proxy.line('Added HTTP to HTTPS redirection')
      const before = await connected(port, authority.root)
      expect(await answerOn(before)).toContain('behind https')

      const route = /127\.0\.0\.1:8001(\/api\/routes\/\S+)/.exec(page)?.[1] ?? ''
      const headers = { authorization: 'token secret' }
      const body = JSON.stringify({ target: `http://127.0.0.1:${renewalPort}` })
      expect((await ask(`localhost:${apiPort}`, route, { method: 'POST', headers, body })).status).toBe(201)
      const renewal = shown('certbot renew').map((word) => {
        if (word === '8008') return String(renewalPort)
        return word.startsWith('systemctl reload') ? `kill -HUP ${proxy.child.pid ?? ''}` : word
      })
      await certbot(renewal, '--force-renewal', '--no-random-sleep-on-renew')
      await proxy.line('Keys and certificates were read again')

      const after = await connected(port, authority.root)
      expect(after.getPeerCertificate().serialNumber).not.toBe(before.getPeerCertificate().serialNumber)
      expect(await answerOn(after)).toContain('behind https')
      expect(await answerOn(before)).toContain('behind https')
    },
  )
})
