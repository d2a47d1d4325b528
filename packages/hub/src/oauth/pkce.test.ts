import { expect, test } from 'vitest'
import { answersChallenge } from './pkce.js'

// RFC 7636, appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

test('the verifier of RFC 7636 answers its S256 challenge, and nothing else does', () => {
  expect(answersChallenge({ value: challenge, method: 'S256' }, verifier)).toBe(true)
  expect(answersChallenge({ value: challenge, method: 'S256' }, `${verifier}x`)).toBe(false)
  expect(answersChallenge({ value: challenge, method: 'S256' }, challenge)).toBe(false)
  expect(answersChallenge({ value: `${challenge}=`, method: 'S256' }, verifier)).toBe(false)
})

test('a plain challenge is answered by itself', () => {
  expect(answersChallenge({ value: verifier, method: 'plain' }, verifier)).toBe(true)
  expect(answersChallenge({ value: challenge, method: 'plain' }, verifier)).toBe(false)
})
