import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, run, startProxy, temporaryFolder } from './support.js'

const folder = temporaryFolder()
const tls = { key: folder.at('key'), cert: folder.at('crt'), requestCert: false, rejectUnauthorized: false }

beforeAll(() => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const files = ['-keyout', tls.key, '-out', tls.cert]
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2', ...files)
  // Of the quick kind; an odd length, to be known again.
  openssl('dhparam', '-dsaparam', '-out', folder.at('dh'), '2112')
})
afterAll(() => folder[Symbol.dispose]())

/** What openssl says of a handshake with only this cipher on offer. */
async function shakeHands(at: string, cipher: string): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', at, '-tls1_2', '-cipher', cipher], { stdio: 'pipe' })
  child.stdin.end()
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (text += bytes.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  return text
}

test('DHE ciphers use the parameters of --ssl-dhparam, at the public port and at the API', async () => {
  await using proxy = await startProxy({ tls, apiTls: tls, dhparam: folder.at('dh') })
  for (const at of [proxy.at, proxy.proxy.addresses.api]) {
    const text = await shakeHands(at, 'DHE-RSA-AES128-GCM-SHA256')
    expect(text).toContain('Server Temp Key: DH, 2112 bits')
    expect(text).toMatch(/Cipher +(?:is|:) DHE-RSA-AES128-GCM-SHA256/)
  }
})

test('without parameters DHE is not to be had, and elliptic curves are', async () => {
  await using proxy = await startProxy({ tls })
  expect(await shakeHands(proxy.at, 'DHE-RSA-AES128-GCM-SHA256')).toContain('handshake failure')
  expect(await shakeHands(proxy.at, 'ECDHE-RSA-AES128-GCM-SHA256')).toMatch(/Server Temp Key: (?:X25519|ECDH)/)
})

test.each([
  ['--ssl-dhparam', 'junk', /^Cannot use the TLS dhparam \S*junk: it does not hold DH parameters[^\n]*\n$/],
  ['--ssl-dhparam', 'short', /^Cannot use the TLS dhparam \S*short: DH parameter is less than 1024 bits[^\n]*\n$/],
  ['--ssl-ca', 'junk', /^Cannot use the TLS ca \S*junk: it does not hold a certificate[^\n]*\n$/],
])('a file for %s that holds something else (%s) ends the start with one line', async (flag, name, line) => {
  writeFileSync(folder.at('junk'), 'junk')
  execFileSync('openssl', ['dhparam', '-dsaparam', '-out', folder.at('short'), '512'], { stdio: 'pipe' })
  const flags = ['--ssl-key', tls.key, '--ssl-cert', tls.cert, flag, folder.at(name)]
  await using proxy = run(['--ip', '127.0.0.1', '--port', String(await freePort()), ...flags])
  expect(await proxy.ended).toBe(1)
  expect(proxy.stderr()).toMatch(line)
})
