import { describe, expect, test } from 'vitest'
import {
  generateApiToken,
  generateOAuthToken,
  generateShareCode,
  hashProvidedToken,
  hashToken,
  isTokenStoredAs,
  TokenTooShortError,
} from './token-hash.js'

const token = 'my-secret-token'
const salt = '0123456789abcdef'
const vectors = [
  [
    1,
    '5aed1242ab04c7e475504da9ebfdfe26a913e973e9cff03bf464da2267d21c44cedfb8cf95bd347c20ff4bd65772fa30f37745fc4ba7f1b5673734d6bd69a4ab',
  ],
  [
    16384,
    '5f972336b2d3f19e95e3f99323433c822284b00036a077ed13471478b08b11b9f269aba4a55f7a8857bd85b9f1e47af63e591cf91a1482de581340245515b543',
  ],
] as const

describe('a stored token', () => {
  test.each(vectors)('of %d rounds is written as the reference hub does', (rounds, digest) => {
    const hashed = `sha512:${rounds}:${salt}:${digest}`
    expect(hashToken(token, { rounds, salt })).toEqual({ hashed, prefix: 'my-s' })
    expect(isTokenStoredAs(token, hashed)).toBe(true)
    expect(isTokenStoredAs(`${token}x`, hashed)).toBe(false)
  })

  test.each(['', 'sha512', 'sha512:1:salt:', 'sha512:0:s:ab', 'sha512:99999999:s:ab', 'md5:1:s:ab', 'sha512:x:s:ab'])(
    '%j matches nothing',
    (hashed) => expect(isTokenStoredAs('', hashed)).toBe(false),
  )

  test('has a salt of its own', () => {
    const [a, b] = [hashToken(token, { rounds: 1 }), hashToken(token, { rounds: 1 })]
    expect(a.hashed).not.toBe(b.hashed)
    expect(a.hashed.split(':')[2]).toMatch(/^[0-9a-f]{16}$/)
  })

  test('that somebody chose has 8 characters and costs many rounds, unless trusted', () => {
    expect(() => hashProvidedToken('1234567', { isTrusted: true })).toThrow(TokenTooShortError)
    expect(hashProvidedToken('12345678', { isTrusted: false }).hashed).toMatch(/^sha512:16384:/)
    expect(hashProvidedToken('12345678', { isTrusted: true }).hashed).toMatch(/^sha512:1:/)
  })
})

test('new secrets have the shapes clients know', () => {
  expect(generateApiToken()).toMatch(/^[0-9a-f]{32}$/)
  expect(generateOAuthToken()).toMatch(/^[A-Za-z0-9]{30}$/)
  expect(generateShareCode()).toMatch(/^[\w-]{43}$/)
})
