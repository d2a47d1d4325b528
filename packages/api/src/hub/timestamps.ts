import { z } from 'zod'

const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/**
 * Reads a time as clients report it: ISO 8601 in its common spellings, or a form that names its zone and that the runtime
 * understands (`Sat, 31 Jan 2026 12:00:00 GMT`). A time without zone is UTC. Precision is one millisecond.
 */
export function parseTimestamp(text: string): Date | undefined {
  const found = ISO.exec(text.trim())
  if (!found) return parseZonedText(text)
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = found
  const milliseconds = Math.floor(Number(`0.${fraction || '0'}`) * 1000)
  const fields = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (!isOnCalendar(fields)) return undefined
  const [y, mo, d, h, mi, s] = fields
  return new Date(Date.UTC(y, mo - 1, d, h, mi, s, milliseconds) - zoneOffsetMinutes(zone) * 60_000)
}

/** Writes a time as the hub does: UTC with `Z`, and six fractional digits unless they are all zero. */
export function formatTimestamp(time: Date): string {
  const text = time.toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, -'.000Z'.length)}Z` : `${text.slice(0, -1)}000Z`
}

/** A time in a request body. */
export const requestTime = z
  .string()
  .transform((text, context) => {
    const time = parseTimestamp(text)
    if (time) return time
    context.addIssue({ code: 'custom', message: 'is not a date; send ISO 8601, such as 2026-01-31T12:00:00Z' })
    return z.NEVER
  })
  .meta({ format: 'date-time' })

// Only with a zone: without one the runtime would take the machine's own.
function parseZonedText(text: string): Date | undefined {
  if (!/(?:GMT|UTC|Z|[+-]\d{4})\s*$/i.test(text)) return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}

// Date.UTC would carry 31 February over into March.
function isOnCalendar([year, month, day, hour, minute, second]: readonly [
  number,
  number,
  number,
  number,
  number,
  number,
]) {
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour < 24 && minute < 60 && second < 60
}

function zoneOffsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  const digits = zone.slice(1).replace(':', '')
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0))
}
