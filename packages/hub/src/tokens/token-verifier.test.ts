import { expect, test, vi } from 'vitest'
import * as tokenHash from './token-hash.js'
import { TokenVerifier } from './token-verifier.js'

vi.mock('./token-hash.js', { spy: true })

test('a comparison is made once for each token and stored text, whatever comes out', () => {
  const verifier = new TokenVerifier()
  const { hashed } = tokenHash.hashToken('right', { rounds: 2 })
  const other = tokenHash.hashToken('right', { rounds: 2 }).hashed
  for (let i = 0; i < 3; i++) {
    expect(verifier.isStoredAs('right', hashed)).toBe(true)
    expect(verifier.isStoredAs('wrong', hashed)).toBe(false)
    expect(verifier.isStoredAs('right', other)).toBe(true)
  }
  expect(tokenHash.isTokenStoredAs).toHaveBeenCalledTimes(3)
})

test('the one unused for longest is forgotten', () => {
  const verifier = new TokenVerifier(1)
  const { hashed } = tokenHash.hashToken('right', { rounds: 1 })
  vi.mocked(tokenHash.isTokenStoredAs).mockClear()
  for (const token of ['right', 'wrong', 'right']) verifier.isStoredAs(token, hashed)
  expect(tokenHash.isTokenStoredAs).toHaveBeenCalledTimes(3)
})
