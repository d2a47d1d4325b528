import { isPlainObject } from './kinds/copy.js'
import { MASK } from './secret.js'
import type { Trait } from './trait.js'

/** Names under which secrets are usually kept. */
const SECRET_NAME = /(?:token|secret|password|passphrase|passwd|credential|api_?key|private_?key|crypt_?key)s?$/i

/** Options whose names sound secret and are not. */
const HARMLESS_NAME = /(?:^|_)(?:allow|trust|expires?|enable|show)_/i

/** Passwords inside URLs: `postgresql://hub:secret@db/hub`. */
const URL_PASSWORD = /(\b[a-z][a-z\d+.-]*:\/\/[^\s/?#:@]*):[^\s/?#]*@/gi

/**
 * The value with everything masked that must not be printed: all of it for secret options, else the parts of it whose
 * names or form tell that they are secret.
 *
 * @param trait - undefined for options that nobody declared
 */
export function masked(value: unknown, name: string, trait: Trait | undefined): unknown {
  const secret = trait === undefined ? soundsSecret(name) : trait.kind.secret || trait.sensitive === true
  // What is empty betrays nothing, and tells that nothing was set.
  if (secret) return isEmpty(value) ? value : MASK
  return maskParts(value)
}

export function soundsSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
}

function maskParts(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(URL_PASSWORD, `$1:${MASK}@`)
  if (Array.isArray(value)) return value.map(maskParts)
  if (value instanceof Set) return new Set([...value].map(maskParts))
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, soundsSecret(key) && !isEmpty(item) ? MASK : maskParts(item)]),
  )
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return true
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Set) return value.size === 0
  return isPlainObject(value) && Object.keys(value).length === 0
}
