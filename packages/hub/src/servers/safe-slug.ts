import { createHash } from 'node:crypto'

const LIMIT = 30
/** `-` and eight hexadecimal digits. */
const HASH_LENGTH = 9

/** A name that can be a server's, made of any other; the same for the same text. Different texts may give the same one. */
export function safeSlug(text: string): string {
  return isSimple(text) ? text : plainSlug(text, LIMIT)
}

/** As {@link safeSlug}, with a hash of the text at its end, so that different texts give different ones. */
export function hashedSlug(text: string): string {
  if (isSimple(text)) return text
  const hash = createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, HASH_LENGTH - 1)
  return `${plainSlug(text, LIMIT - HASH_LENGTH)}-${hash}`
}

const isSimple = (text: string): boolean => /^[a-z][a-z0-9]{0,29}$/.test(text)

function plainSlug(text: string, limit: number): string {
  const letters = text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, limit)
  const named = /^[a-z]/.test(letters) ? letters : `x-${letters}`.slice(0, limit)
  return named.replace(/-+$/, '')
}
