import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SigningContext {
  /** What the value is for; a value signed under one name is worth nothing under another. */
  readonly name: string
  readonly secret: Uint8Array
  readonly nowMs: number
}

/**
 * Signs a text in the format of Tornado's signed cookies (version 2), so that sessions survive a switch from upstream:
 * length-prefixed fields, closed by an HMAC-SHA256 over all that precedes it.
 */
export function signValue(value: string, { name, secret, nowMs }: SigningContext): string {
  const seconds = Math.floor(nowMs / 1000).toString()
  // The second field is the version of the key; there is only one.
  const fields = ['0', seconds, name, Buffer.from(value).toString('base64')].map(prefixed).join('|')
  const body = `2|${fields}|`
  return body + hmac(body, secret)
}

/**
 * The text in a signed value; undefined if the signature is wrong, the name another, or the value older than `maxAgeMs`.
 */
export function verifySignedValue(
  signed: string,
  { name, secret, nowMs, maxAgeMs }: SigningContext & { readonly maxAgeMs: number },
): string | undefined {
  const lastBar = signed.lastIndexOf('|')
  const body = signed.slice(0, lastBar + 1)
  if (!body.startsWith('2|') || !isEqual(signed.slice(lastBar + 1), hmac(body, secret))) return undefined
  const fields = readFields(Buffer.from(body).subarray(2))
  if (fields?.length !== 4) return undefined
  const [keyVersion, seconds = '', signedName, encoded = ''] = fields
  if (keyVersion !== '0' || signedName !== name) return undefined
  const ageMs = nowMs - Number(seconds) * 1000
  if (!/^\d{1,15}$/.test(seconds) || ageMs > maxAgeMs) return undefined
  return Buffer.from(encoded, 'base64').toString('utf8')
}

const prefixed = (field: string): string => `${Buffer.byteLength(field)}:${field}`

const hmac = (text: string, secret: Uint8Array): string => createHmac('sha256', secret).update(text).digest('hex')

/** Compares in a time that tells nothing about where the two differ. */
export function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Reads `length:field|` until the end; lengths are in bytes. */
function readFields(bytes: Buffer): string[] | undefined {
  const fields: string[] = []
  let at = 0
  while (at < bytes.length) {
    const colon = bytes.indexOf(':', at)
    const length = bytes.toString('latin1', at, colon)
    if (colon === -1 || !/^\d{1,9}$/.test(length)) return undefined
    const end = colon + 1 + Number(length)
    if (bytes[end] !== 0x7c) return undefined
    fields.push(bytes.toString('utf8', colon + 1, end))
    at = end + 1
  }
  return fields
}
