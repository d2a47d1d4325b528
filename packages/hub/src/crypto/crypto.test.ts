import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuthStateCipher } from './auth-state.js'
import { CryptKeyError, parseCryptKeys, parseCryptKeyVariable } from './crypt-keys.js'
import { fernetDecrypt, fernetEncrypt } from './fernet.js'

const key = Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url')
const other = Buffer.alloc(32, 1)
const hello = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='

describe('Fernet', () => {
  test('meets the vector of its specification', () => {
    const nowMs = Date.parse('1985-10-26T01:20:00-07:00')
    const iv = Uint8Array.from({ length: 16 }, (_, index) => index)
    expect(fernetEncrypt(key, Buffer.from('hello'), { nowMs, iv })).toBe(hello)
    expect(fernetDecrypt(key, hello)?.toString()).toBe('hello')
  })

  test('gives nothing for another key or a damaged token', () => {
    expect(fernetDecrypt(other, hello)).toBeUndefined()
    for (const token of ['', 'x', hello.slice(4), hello.slice(0, -8), `${hello}!`, hello.replace('5CV9', '5CV8')]) {
      expect(fernetDecrypt(key, token)).toBeUndefined()
    }
  })

  test('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (plain) => {
        expect(fernetDecrypt(key, fernetEncrypt(key, plain))).toEqual(Buffer.from(plain))
      }),
    )
  })
})

describe('keys', () => {
  test('are 32 bytes in one of three spellings', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const spellings = [bytes, bytes.toString('hex'), `${bytes.toString('base64url')}=`, bytes.toString('base64')]
    for (const each of parseCryptKeys(spellings)) expect(each).toEqual(bytes)
    expect(parseCryptKeys(['r'.repeat(32)])[0]?.toString()).toBe('r'.repeat(32))
  })

  test('in the variable are separated by semicolons, blanks do not count', () => {
    expect(parseCryptKeyVariable(undefined)).toEqual([])
    expect(parseCryptKeyVariable(' ; ')).toEqual([])
    expect(parseCryptKeyVariable(`${'11'.repeat(32)}; ${'22'.repeat(32)};`)).toHaveLength(2)
  })

  test('of another length are refused without repeating them', () => {
    expect(() => parseCryptKeys(['secret'])).toThrow(CryptKeyError)
    expect(() => parseCryptKeys(['secret'])).not.toThrow(/secret"/)
  })
})

describe('auth state', () => {
  const state = { token: 'x', name: 'Zoë' }

  test('is decrypted with any key and moved to the first', () => {
    const old = new AuthStateCipher([other]).encrypt(state)
    const both = new AuthStateCipher([key, other])
    const found = both.decrypt(old)
    expect(found).toMatchObject({ ok: true, state })
    expect(new AuthStateCipher([key]).decrypt((found.ok && found.rotated) || '')).toEqual({ ok: true, state })
  })

  test('that cannot be decrypted is no reason to fail', () => {
    const encrypted = new AuthStateCipher([other]).encrypt(state)
    expect(new AuthStateCipher([key]).decrypt(encrypted).ok).toBe(false)
    expect(new AuthStateCipher([]).decrypt(encrypted).ok).toBe(false)
    expect(new AuthStateCipher([key]).decrypt(fernetEncrypt(key, Buffer.from('no json'))).ok).toBe(false)
  })
})
