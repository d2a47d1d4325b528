import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  await expect(PidFile.write(at('no/such/folder.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
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
