import { type Kind, KindMismatch, lastText, type ParseContext } from './kind.js'

export const str: Kind<string> = {
  word: 'str',
  expected: "a string, for example 'text'",
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value !== 'string') throw new KindMismatch(this.expected)
    return value
  },
  parse: (texts, context) => unquoted(lastText(texts), context),
}

/** One pair of quotes that survived the shell is taken off; otherwise a `~` at the start is a home directory. */
function unquoted(text: string, context: ParseContext): string {
  const quote = text[0]
  if ((quote === '"' || quote === "'") && text.length >= 2 && text.endsWith(quote)) {
    context.warn(`the quotes in ${text} are taken off; that is deprecated, give the text without them`)
    return text.slice(1, -1)
  }
  return context.expandTilde ? expandTilde(text, context) : text
}

function expandTilde(text: string, context: ParseContext): string {
  const match = /^~([^/]*)/.exec(text)
  if (match === null) return text
  const user = match[1] ?? ''
  const home = user === '' ? context.env['HOME'] : context.homeOf(user)
  return home === undefined ? text : home.replace(/\/+$/, '') + text.slice(match[0].length) || '/'
}

const INT_TEXT = /^\s*[+-]?(?:\d+(?:_\d+)*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)\s*$/
const FLOAT_TEXT = /^\s*[+-]?(?:(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?\s*$/

export const int: Kind<number> = {
  word: 'int',
  expected: 'an int, for example 8000',
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new KindMismatch(this.expected)
    return value
  },
  parse(texts) {
    const text = lastText(texts)
    if (!INT_TEXT.test(text)) throw new KindMismatch(this.expected)
    return numberOf(text)
  },
}

export const float: Kind<number> = {
  word: 'float',
  expected: 'a number, for example 0.5',
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value !== 'number' || Number.isNaN(value)) throw new KindMismatch(this.expected)
    return value
  },
  parse(texts) {
    const text = lastText(texts)
    if (/^\s*\+?inf(inity)?\s*$/i.test(text)) return Infinity
    if (!FLOAT_TEXT.test(text)) throw new KindMismatch(this.expected)
    return numberOf(text)
  },
}

function numberOf(text: string): number {
  const bare = text.trim().replaceAll('_', '')
  // `Number` refuses a sign before 0x, 0o and 0b.
  return bare.startsWith('-') ? -Number(bare.slice(1)) : Number(bare.replace(/^\+/, ''))
}

export const bool: Kind<boolean> = {
  word: 'bool',
  expected: 'a bool: True or False',
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value !== 'boolean') throw new KindMismatch(this.expected)
    return value
  },
  parse(texts) {
    const text = lastText(texts).toLowerCase()
    if (text === '1' || text === 'true') return true
    if (text === '0' || text === 'false') return false
    throw new KindMismatch('a bool: True, False, 1 or 0')
  },
}

export interface EnumerationOptions {
  /** `INFO` is taken for `info`; the program gets the member as it was declared. */
  readonly ignoreCase?: boolean
}

/** One of a few names or numbers. */
export function enumeration<const M extends string | number>(
  members: readonly M[],
  { ignoreCase = false }: EnumerationOptions = {},
): Kind<M> {
  const written = members.map((member) => (typeof member === 'string' ? `'${member}'` : String(member)))
  const expected = `one of ${written.join(', ')}`
  const find = (text: string): M | undefined =>
    members.find((member) => String(member) === text) ??
    (ignoreCase ? members.find((member) => String(member).toLowerCase() === text.toLowerCase()) : undefined)
  return {
    word: members.map(String).join('/'),
    expected,
    container: undefined,
    secret: false,
    check(value) {
      const member = typeof value === 'string' || typeof value === 'number' ? find(String(value)) : undefined
      // '20' is not 20 in a file; only the command line has nothing but text.
      if (member === undefined || typeof member !== typeof value) throw new KindMismatch(expected)
      return member
    },
    parse(texts) {
      const member = find(lastText(texts))
      if (member === undefined) throw new KindMismatch(expected)
      return member
    },
  }
}

const BYTE_UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }

/** A number of bytes: an int, or text such as `512M`; units are powers of 1024. */
export const bytespec: Kind<number, number | string> = {
  word: 'bytespec',
  expected: "a number of bytes, for example 1073741824 or '1G' (K, M, G or T)",
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([KMGT])\s*$/.exec(value) : null
    const bytes = match === null ? NaN : Math.trunc(Number(match[1]) * (BYTE_UNITS[match[2] ?? ''] ?? NaN))
    if (!Number.isSafeInteger(bytes)) throw new KindMismatch(this.expected)
    return bytes
  },
  parse(texts) {
    const text = lastText(texts)
    return /^\d+$/.test(text) ? Number(text) : text
  },
}

/** A URL prefix; slashes at both ends are added when missing. */
export const prefix: Kind<string> = {
  word: 'prefix',
  expected: "a URL prefix, for example '/hub/'",
  container: undefined,
  secret: false,
  check(value) {
    if (typeof value !== 'string') throw new KindMismatch(this.expected)
    const path = value.startsWith('/') ? value : `/${value}`
    return path.endsWith('/') ? path : `${path}/`
  },
  parse: (texts) => lastText(texts),
}
