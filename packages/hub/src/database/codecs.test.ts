import { describe, expect, test } from 'vitest'
import { decodeJsonList, decodeJsonObject, decodeTimestamp, encodeJson, encodeTimestamp } from './codecs.js'

const failOnWarning = (reason: string) => {
  throw new Error(reason)
}

describe('timestamps', () => {
  test('are written with six digits of the second, which compare as text', () => {
    expect(encodeTimestamp(new Date('2026-01-02T03:04:05.006Z'))).toBe('2026-01-02 03:04:05.006000')
    expect(encodeTimestamp(new Date('2026-01-02T03:04:05Z'))).toBe('2026-01-02 03:04:05.000000')
  })

  test.each([
    ['2026-01-02 03:04:05.678901', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04:05', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02 03:04:05.5', '2026-01-02T03:04:05.500Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ])('%s is read as UTC', (text, iso) => {
    expect(decodeTimestamp(text).toISOString()).toBe(iso)
  })
})

describe('JSON columns', () => {
  test('null stays null, sets are stored sorted', () => {
    expect(encodeJson(null, failOnWarning)).toBeNull()
    expect(encodeJson(new Set(['b', 'a']), failOnWarning)).toBe('["a","b"]')
  })

  test('byte strings are wrapped as upstream wraps them, in lines of 76 characters', () => {
    const text = encodeJson({ key: Buffer.alloc(60, 1), short: new Uint8Array([1, 2]) }, failOnWarning)
    const read = decodeJsonObject(text ?? '')
    expect(read).toMatchObject({ short: { __jupyterhub_bytes__: true, data: 'AQI=\n' } })
    expect(read).toMatchObject({ key: { data: `${'AQEB'.repeat(19)}\nAQEB\n` } })
  })

  test('what cannot be encoded becomes null with a warning', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const warnings: string[] = []
    expect(encodeJson(circle, (reason) => warnings.push(reason))).toBeNull()
    expect(encodeJson({ big: 1n }, (reason) => warnings.push(reason))).toBeNull()
    expect(warnings).toHaveLength(2)
  })

  test('text of another kind than the column reads as nothing', () => {
    expect(decodeJsonObject('[1]')).toBeNull()
    expect(decodeJsonList('{"a":1}')).toEqual([])
    expect(decodeJsonList('["a", 1, "b"]')).toEqual(['a', 'b'])
  })
})
