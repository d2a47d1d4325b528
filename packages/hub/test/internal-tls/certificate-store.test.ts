import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tempDir, type TempDir } from '@hub/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { issue, makeAuthority } from '../../src/internal-tls/certificate.js'
import { CertificateStore, type CertificateStoreOptions } from '../../src/internal-tls/certificate-store.js'
import { InternalTls } from '../../src/internal-tls/internal-tls.js'

const now = new Date('2026-03-01T12:00:00Z')
const yearMs = 365 * 24 * 3600 * 1000

let dir: TempDir
beforeEach(async () => {
  dir = await tempDir()
})
afterEach(() => dir[Symbol.asyncDispose]())

const open = (more: Partial<CertificateStoreOptions> = {}): Promise<CertificateStore> =>
  CertificateStore.open({
    directory: join(dir.path, 'certs'),
    recreate: false,
    external: {},
    now: () => now,
    ...more,
  })
const cert = async (path: string): Promise<X509Certificate> => new X509Certificate(await readFile(path))
const leaf = { authority: 'hub-ca', name: 'hub-internal', altNames: ['DNS:localhost', 'IP:::1'] } as const

describe('a certificate', () => {
  test('is of its authority, for its names, for both ends of a connection', async () => {
    const authority = await makeAuthority('hub-ca', now)
    const pair = await issue(authority, {
      commonName: 'x'.repeat(300),
      altNames: ['DNS:a.example', 'IP:10.0.0.7'],
      now,
    })
    const [made, issuer] = [new X509Certificate(pair.cert), new X509Certificate(authority.cert)]
    expect(issuer.ca).toBe(true)
    expect(made.ca).toBe(false)
    expect(made.checkIssued(issuer)).toBe(true)
    expect(made.verify(issuer.publicKey)).toBe(true)
    expect([made.checkHost('a.example'), made.checkIP('10.0.0.7'), made.checkHost('b.example')]).toEqual([
      'a.example',
      '10.0.0.7',
      undefined,
    ])
    expect(made.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  test.each(['node7', 'URI:x', 'IP:300.1.1.1', 'DNS:'])('is not made for %s', async (altName) => {
    const authority = await makeAuthority('hub-ca', now)
    await expect(issue(authority, { commonName: 'x', altNames: [altName], now })).rejects.toThrow(
      'DNS:host.example.org',
    )
  })
})

describe('the store', () => {
  test('keeps what is good, and makes anew what is not', async () => {
    const store = await open()
    const { certFile, keyFile } = await store.ensure(leaf)
    const first = await readFile(certFile, 'utf8')
    const again = await open()
    expect((await again.ensure(leaf)).certFile).toBe(certFile)
    expect(await readFile(certFile, 'utf8')).toBe(first)

    await again.ensure({ ...leaf, altNames: [...leaf.altNames, 'DNS:new.example'] })
    const second = await readFile(certFile, 'utf8')
    expect(new X509Certificate(second).checkHost('new.example')).toBe('new.example')

    await writeFile(keyFile, 'half a k')
    await (await open()).ensure(leaf)
    expect(await readFile(keyFile, 'utf8')).toContain('PRIVATE KEY')
    const later = await open({ now: () => new Date(now.getTime() + 4.9 * yearMs) })
    await later.ensure(leaf)
    expect(Date.parse((await cert(certFile)).validTo)).toBeGreaterThan(now.getTime() + 9 * yearMs)
  })

  test('is thrown away when that is asked for', async () => {
    const before = await readFile((await (await open()).ensure(leaf)).caFile, 'utf8')
    expect(await readFile((await (await open({ recreate: true })).ensure(leaf)).caFile, 'utf8')).not.toBe(before)
  })

  test.each(['rsa', 'ec'] as const)('issues by an authority of the administrator’s (%s)', async (kind) => {
    const keys =
      kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
    const key = keys.privateKey.export({ format: 'pem', type: kind === 'rsa' ? 'pkcs1' : 'sec1' })
    const own = await makeAuthority('ours', now)
    // A certificate of their own authority for that key is not needed to sign; its name is.
    const files = { key: join(dir.path, 'ca.key'), cert: join(dir.path, 'ca.crt'), ca: join(dir.path, 'more.crt') }
    await Promise.all([writeFile(files.key, key), writeFile(files.cert, own.cert), writeFile(files.ca, own.cert)])
    const { certFile } = await (
      await open({ external: { 'notebooks-ca': files } })
    ).issue({ ...leaf, authority: 'notebooks-ca' })
    const made = await cert(certFile)
    expect(made.issuer).toBe('CN=ours')
    expect(made.verify(keys.publicKey)).toBe(true)
  })

  test('gives a service’s key to the account the service runs as', async () => {
    const uid = process.getuid?.() ?? 0
    const { keyFile } = await (await open()).issue({ ...leaf, owner: { uid, gid: process.getgid?.() ?? 0 } })
    expect(await stat(keyFile)).toMatchObject({ uid, mode: 0o100600 })
  })
})

test('servers with any names have files of their own, inside the store', async () => {
  const tls = await InternalTls.open({
    directory: join(dir.path, 'certs'),
    recreate: false,
    external: {},
    now: () => now,
    hosts: ['hub.example', '10.0.0.1'],
    trustedAltNames: ['DNS:more.example'],
  })
  const names: [string, string][] = [
    ['ada', ''],
    ['ada', 'work'],
    ['ada+work', ''],
    ['../../etc', ''],
    ['ü'.repeat(255), ''],
    ['ü'.repeat(255), 'work'],
  ]
  const request = { altNames: undefined, includeLocal: true }
  const made = await Promise.all(names.map(([user, server]) => tls.forServer(user, server, request)))
  expect(new Set(made.map(({ keyFile }) => keyFile)).size).toBe(names.length)
  for (const { keyFile, certFile } of made) {
    expect(keyFile.startsWith(join(dir.path, 'certs/'))).toBe(true)
    expect((await cert(certFile)).checkHost('more.example')).toBe('more.example')
  }
})
