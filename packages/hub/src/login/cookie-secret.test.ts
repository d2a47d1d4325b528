import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Log, silentLog } from '@hub/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CookieSecretError, loadCookieSecret } from './cookie-secret.js'

let directory: string
let file: string
let warnings: string[]
const hex = 'ab'.repeat(32)

const load = async (sources: { configured?: Uint8Array | string; environment?: string } = {}) =>
  (await loadSecret(sources)).secret
const loadSecret = (sources: { configured?: Uint8Array | string; environment?: string } = {}) => {
  const log: Log = { ...silentLog, warn: (event) => warnings.push(event) }
  return loadCookieSecret({ file, ...sources }, log)
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cookie-secret-'))
  file = join(directory, 'secret')
  warnings = []
})
afterEach(() => rm(directory, { recursive: true }))

describe('the cookie secret', () => {
  test('comes from configuration, then environment, then file; only a new one is written', async () => {
    expect((await load({ configured: hex, environment: 'cd' })).toString('hex')).toBe(hex)
    expect(await load({ configured: Buffer.from('raw bytes') })).toEqual(Buffer.from('raw bytes'))
    expect((await load({ environment: 'cdef' })).toString('hex')).toBe('cdef')
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  test('is made and kept when there is none', async () => {
    const { secret: made, isNew } = await loadSecret()
    expect(isNew).toBe(true)
    expect((await loadSecret()).isNew).toBe(false)
    expect(made).toHaveLength(32)
    expect(await readFile(file, 'utf8')).toBe(`${made.toString('hex')}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await load()).toEqual(made)
  })

  test('is the same for hubs that start at once', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, () => load().catch((error: unknown) => error)))
    const kept = (await readFile(file, 'utf8')).trim()
    for (const secret of secrets) {
      // One may look into the file before the other has written it: that is an error, never another secret.
      if (secret instanceof Buffer) expect(secret.toString('hex')).toBe(kept)
      else expect(secret).toBeInstanceOf(CookieSecretError)
    }
  })

  test.each([{ configured: 'abc' }, { configured: 'not hex' }, { environment: 'not hex' }, { environment: 'abc' }])(
    'given as %j is an error',
    async (sources) => {
      await expect(load(sources)).rejects.toThrow(CookieSecretError)
    },
  )

  test('in a file that others may use is an error, of the group is none', async () => {
    await writeFile(file, hex)
    await chmod(file, 0o664)
    await expect(load()).rejects.toThrow(/chmod 600/)
    await chmod(file, 0o660)
    expect((await load()).toString('hex')).toBe(hex)
  })

  test.each(['', '\n', '!!!', 'ab cd!'])('in a file of %j is an error', async (text) => {
    await writeFile(file, text, { mode: 0o600 })
    await expect(load()).rejects.toThrow(CookieSecretError)
  })

  test('in base64 is read with a warning', async () => {
    const secret = Buffer.alloc(32, 0xfb)
    await writeFile(file, `${secret.toString('base64')}\n`, { mode: 0o600 })
    expect(await load()).toEqual(secret)
    expect(warnings).toHaveLength(1)
  })

  test('longer than 32 bytes is used with a warning', async () => {
    expect(await load({ configured: `${hex}00` })).toHaveLength(33)
    expect(warnings).toHaveLength(1)
  })
})
