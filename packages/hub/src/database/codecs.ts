import type { JsonObject } from '@hub/api'

/** Upstream's text form of a naive UTC timestamp, which both databases compare and order rightly. */
export function encodeTimestamp(at: Date): string {
  return `${at.toISOString().slice(0, 23).replace('T', ' ')}000`
}

/** Reads `YYYY-MM-DD[ HH:MM:SS[.ffffff]]` as UTC; a Date keeps the milliseconds of it. */
export function decodeTimestamp(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, 23) || '00:00:00'}Z`)
}

/** Python's `encodebytes` breaks lines after 76 characters; its decoder reads any, but so a dump stays comparable. */
function encodeBytes(bytes: Uint8Array): object {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  return { __jupyterhub_bytes__: true, data: lines.map((line) => `${line}\n`).join('') }
}

/**
 * JSON text of a column. Sets are stored sorted and byte strings in upstream's wrapping; what cannot be encoded becomes null,
 * as upstream does, because a plug-in's odd state must not stop a server from being recorded.
 */
export function encodeJson(value: unknown, warn: (reason: string) => void): string | null {
  if (value === null || value === undefined) return null
  try {
    return JSON.stringify(value, function (this: Record<string, unknown>, key: string, item: unknown) {
      // Buffer has a toJSON of its own, which has already run by now: look at what it was before.
      const before = this[key]
      if (before instanceof Uint8Array) return encodeBytes(before)
      return item instanceof Set ? [...item].sort() : item
    })
  } catch (error) {
    warn(error instanceof Error ? error.message : 'not JSON')
    return null
  }
}

export function decodeJsonObject(text: string): JsonObject | null {
  const value: unknown = JSON.parse(text)
  // The column holds what json.dumps wrote: anything but an object would be foul play, and reads as nothing.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

export function decodeJsonList(text: string): readonly string[] {
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
