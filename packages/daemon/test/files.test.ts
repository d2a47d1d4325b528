import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PidFile, TlsContexts } from '../src/index.js'

let folder = ''
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daemon-files-'))
  for (const name of ['one', 'two']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', at(`${name}.key`)]
    const args = ['req', '-x509', '-nodes', ...key, '-out', at(`${name}.crt`), '-subj', `/CN=${name}`, '-days', '2']
    execFileSync('openssl', args, { stdio: 'pipe' })
  }
  const encrypt = ['pkey', '-in', at('one.key'), '-aes256', '-passout', 'pass:open', '-out', at('locked.key')]
  execFileSync('openssl', encrypt, { stdio: 'pipe' })
  await writeFile(at('both.pem'), (await readFile(at('one.crt'), 'utf8')) + (await readFile(at('one.key'), 'utf8')))
})
afterAll(() => rm(folder, { recursive: true }))

test('a pid file holds the number and is removed at the end', async () => {
  const file = await PidFile.write(at('a.pid'))
  expect(await readFile(at('a.pid'), 'utf8')).toBe(String(process.pid))
  expect(await PidFile.read(at('a.pid'))).toBe(process.pid)
  await file.close()
  await file.close()
  expect(existsSync(at('a.pid'))).toBe(false)
  expect(await PidFile.read(at('a.pid'))).toBeUndefined()
})

test('a pid file that another process has taken over stays', async () => {
  const file = await PidFile.write(at('b.pid'))
  await PidFile.write(at('b.pid'), { pid: 1, newline: true })
  await file.close()
  expect(await readFile(at('b.pid'), 'utf8')).toBe('1\n')
})

test('a pid file that cannot be written is an error', async () => {
  await expect(PidFile.write(at('no/such/folder.pid'))).rejects.toMatchObject({
    code: 'pid_file_unwritable',
    message: expect.stringContaining('no/such/folder.pid') as string,
  })
})

test('a reload is taken over by a running server, and an unusable file leaves the former certificate in use', async () => {
  await copyFile(at('one.key'), at('live.key'))
  await copyFile(at('one.crt'), at('live.crt'))
  const tls = await TlsContexts.load({ key: at('live.key'), cert: at('live.crt') })
  const server = createServer({ ...tls.options })
  const unfollow = tls.follow((options) => server.setSecureContext(options))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const { port } = server.address() as AddressInfo // a TCP server that listens
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN)
        socket.destroy()
      }).on('error', reject)
    })
  expect(await shown()).toBe('one')
  await copyFile(at('two.key'), at('live.key'))
  await expect(tls.reload()).rejects.toMatchObject({ code: 'tls_file_unusable' })
  expect(await shown()).toBe('one')
  await copyFile(at('two.crt'), at('live.crt'))
  await tls.reload()
  expect(await shown()).toBe('two')
  unfollow()
  await new Promise((resolve) => server.close(resolve))
})

test('a key may be locked with a passphrase, or stand in the file of the certificate', async () => {
  const files = { key: at('locked.key'), cert: at('one.crt') }
  await expect(TlsContexts.load({ ...files, passphrase: 'wrong' })).rejects.toMatchObject({ code: 'tls_file_unusable' })
  await TlsContexts.load({ ...files, passphrase: 'open' })
  await TlsContexts.load({ cert: at('both.pem') })
})

test('a missing file is an error that names it', async () => {
  await expect(TlsContexts.load({ cert: at('none.crt') })).rejects.toThrow(/cert .*none\.crt/)
})

describe('certificates that are watched', () => {
  const write = async (name: string): Promise<void> => {
    await copyFile(at(`${name}.key`), at('watched.key'))
    await copyFile(at(`${name}.crt`), at('watched.crt'))
  }
  async function watched(...paths: [key: string, cert: string]) {
    const tls = await TlsContexts.load({ key: paths[0], cert: paths[1] })
    const reloads: (string | undefined)[] = []
    const unwatch = tls.watch({ everyMs: 20, settleMs: 100, onReload: (error) => reloads.push(error?.message) })
    const shown = () => new X509Certificate(tls.options.cert as Buffer).subject // read from a file
    return { shown, reloads, [Symbol.dispose]: unwatch }
  }

  test('are read again when both files have changed, and kept while they do not fit', async () => {
    await write('one')
    using tls = await watched(at('watched.key'), at('watched.crt'))
    expect(tls.shown()).toBe('CN=one')
    await copyFile(at('two.key'), at('watched.key'))
    await expect.poll(() => tls.reloads.length, { timeout: 10_000 }).toBe(1)
    expect(tls.reloads[0]).toMatch(/watched\.crt/)
    expect(tls.shown()).toBe('CN=one')
    await copyFile(at('two.crt'), at('watched.crt'))
    await expect.poll(() => tls.shown(), { timeout: 10_000 }).toBe('CN=two')
    expect(tls.reloads.at(-1)).toBeUndefined()
  })

  test('may be links that are swapped, and disappear for a moment', async () => {
    await symlink(at('one.key'), at('link.key'))
    await symlink(at('one.crt'), at('link.crt'))
    using tls = await watched(at('link.key'), at('link.crt'))
    for (const end of ['key', 'crt']) {
      await rm(at(`link.${end}`))
      await symlink(at(`two.${end}`), at(`link.${end}`))
    }
    await expect.poll(() => tls.shown(), { timeout: 10_000 }).toBe('CN=two')
  })
})

test('a certificate for each name, with one for all others', async () => {
  const hosts = [
    { name: 'Hub.example.org', cert: at('two.crt'), key: at('two.key') },
    { name: '*.example.org', cert: at('both.pem') },
  ]
  const tls = await TlsContexts.load({ key: at('two.key'), cert: at('two.crt'), hosts })
  const server = createServer({ ...tls.options, SNICallback: tls.sni })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shown = (servername: string) =>
    new Promise<string>((resolve, reject) => {
      const { port } = server.address() as AddressInfo // a TCP server that listens
      const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN)
        socket.destroy()
      }).on('error', reject)
    })
  expect(await shown('hub.example.org')).toBe('two')
  expect(await shown('ada.Example.org')).toBe('one')
  expect(await shown('a.b.example.org')).toBe('two')
  expect(await shown('')).toBe('two')
  await new Promise((resolve) => server.close(resolve))
  const missing = TlsContexts.load({ ...hosts[1], hosts: [{ name: 'x', cert: at('none.pem') }] })
  await expect(missing).rejects.toThrow(/none\.pem/)
})
