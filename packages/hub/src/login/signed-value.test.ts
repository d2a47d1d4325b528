import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signValue, verifySignedValue } from './signed-value.js'

const secret = Buffer.from('s'.repeat(32))
const name = 'jupyterhub-hub-login'
const nowMs = 1_700_000_000_000
const signed =
  '2|1:0|10:1700000000|20:jupyterhub-hub-login|4:YWJj|6eccca06dc013c4bdd783992f56b84ff8a19549e63815f329d17ea7d4367e1e3'

const verify = (text: string, change: object = {}) =>
  verifySignedValue(text, { name, secret, nowMs, maxAgeMs: 60_000, ...change })

describe('signed values', () => {
  test('have the format of the reference hub', () => {
    expect(signValue('abc', { name, secret, nowMs })).toBe(signed)
    expect(verify(signed)).toBe('abc')
  })

  test('are worth nothing under another name, another secret, or when too old', () => {
    expect(verify(signed, { name: '_xsrf' })).toBeUndefined()
    expect(verify(signed, { secret: Buffer.from('t'.repeat(32)) })).toBeUndefined()
    expect(verify(signed, { nowMs: nowMs + 60_000 })).toBe('abc')
    expect(verify(signed, { nowMs: nowMs + 61_000 })).toBeUndefined()
  })

  test.each([
    '',
    '|',
    '2|',
    'abc',
    '1|x',
    signed.replace('YWJj', 'YWJk'),
    signed.slice(0, -1),
    `${signed}0`,
    signed.toUpperCase(),
  ])('%j is none', (text) => expect(verify(text)).toBeUndefined())

  test('come back as they went in, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (value, anyName) => {
        const context = { name: anyName, secret, nowMs }
        expect(verifySignedValue(signValue(value, context), { ...context, maxAgeMs: 0 })).toBe(value)
      }),
    )
  })

  test('are refused when any character is changed', () => {
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(signed[at] !== character)
        expect(verify(signed.slice(0, at) + character + signed.slice(at + 1))).toBeUndefined()
      }),
    )
  })
})
