import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTimestamp, parseTimestamp } from './timestamps.js'

test.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['20260131T120000Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.123456+0530', '2026-01-31T06:30:00.123Z'],
  ['2026-01-31T12:00:00-02:00', '2026-01-31T14:00:00.000Z'],
  ['Sat, 31 Jan 2026 12:00:00 GMT', '2026-01-31T12:00:00.000Z'],
])('%s is a time', (text, iso) => expect(parseTimestamp(text)?.toISOString()).toBe(iso))

test.each(['', 'soon', '2026-02-31', '2026-13-01', '2026-01-31T25:00:00Z', '31 Jan', '12'])('%j is no time', (text) =>
  expect(parseTimestamp(text)).toBeUndefined(),
)

test('times are written without a fraction when it is zero, else with six digits', () => {
  expect(formatTimestamp(new Date(1_700_000_000_000))).toBe('2023-11-14T22:13:20Z')
  expect(formatTimestamp(new Date(1_700_000_000_120))).toBe('2023-11-14T22:13:20.120000Z')
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (time) => {
      expect(parseTimestamp(formatTimestamp(time))).toEqual(time)
    }),
  )
})
