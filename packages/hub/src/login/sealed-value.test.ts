import { expect, test } from 'vitest'
import { ValueSealer } from './sealed-value.js'

const sealer = new ValueSealer(Buffer.alloc(32, 's'))

test('a value comes back under its name until it expires', () => {
  const sealed = sealer.seal('state', { next: '/x' }, 1_000)
  expect(sealer.open('state', sealed, 999)).toEqual({ next: '/x' })
  expect(sealer.open('state', sealed, 1_000)).toBeUndefined()
  expect(sealer.open('other', sealed, 0)).toBeUndefined()
})

test('the value cannot be read from the outside, and two of the same differ', () => {
  const sealed = sealer.seal('state', { secret: 'pssst' }, 1_000)
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('pssst')
  expect(sealer.seal('state', { secret: 'pssst' }, 1_000)).not.toBe(sealed)
})

test('whatever byte is changed, and whoever sealed with another key, it is worth nothing', () => {
  const bytes = Buffer.from(sealer.seal('state', { a: 1 }, 1_000), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const forged = Buffer.from(bytes)
    forged.writeUInt8(bytes.readUInt8(index) ^ 1, index)
    expect(sealer.open('state', forged.toString('base64url'), 0)).toBeUndefined()
  }
  for (const text of ['', 'x', bytes.subarray(0, 20).toString('base64url')])
    expect(sealer.open('state', text, 0)).toBeUndefined()
  expect(new ValueSealer(Buffer.alloc(32, 't')).open('state', bytes.toString('base64url'), 0)).toBeUndefined()
})
