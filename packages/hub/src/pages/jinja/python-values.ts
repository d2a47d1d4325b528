import { internals, type SafeString } from './nunjucks-internals.js'

/**
 * How Python sees values, for templates written for Jinja2: an empty list is false, `+` joins lists, `True` prints with a
 * capital letter. Lists are arrays, dicts are Maps or plain objects, sets are Sets.
 */

export const isSafe = (value: unknown): value is SafeString => value instanceof internals.runtime.SafeString

export const safe = (html: string): SafeString => new internals.runtime.SafeString(html)

/** Strings, safe or not, as strings; everything else unchanged. */
export const plain = (value: unknown): unknown => (isSafe(value) ? value.toString() : value)

/** `Array.isArray`, without its `any`. */
export const isList = (value: unknown): value is unknown[] => Array.isArray(value)

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char)

/** Whether `{% if value %}` takes the branch. */
export function truthy(value: unknown): boolean {
  if (!value) return false
  if (isSafe(value) || Array.isArray(value)) return value.length > 0
  if (value instanceof Map || value instanceof Set) return value.size > 0
  return !isPlainObject(value) || Object.keys(value).length > 0
}

/** `str(value)`; nothing prints as nothing, since a page is no place for the word "None". */
export function str(value: unknown): string {
  const text = plain(value)
  if (text === undefined || text === null) return ''
  if (typeof text === 'string') return text
  if (typeof text === 'function') return ''
  return repr(text)
}

function repr(value: unknown): string {
  const bare = plain(value)
  if (bare === undefined || bare === null) return 'None'
  if (typeof bare === 'boolean') return bare ? 'True' : 'False'
  if (typeof bare === 'string') return quoted(bare)
  if (bare instanceof Date) return isoText(bare).replace('T', ' ')
  if (Array.isArray(bare)) return `[${bare.map(repr).join(', ')}]`
  if (bare instanceof Set) return bare.size === 0 ? 'set()' : `{${[...bare].map(repr).join(', ')}}`
  const entries = dictEntries(bare)
  if (entries !== undefined) return `{${entries.map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`
  return typeof bare === 'number' || typeof bare === 'bigint' ? bare.toString() : ''
}

const quoted = (text: string): string =>
  text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replace(/['\\]/g, '\\$&')}'`

/** `datetime.isoformat()` of a naive UTC time: no zone, for templates add their own "Z". */
export const isoText = (time: Date): string => {
  const text = time.toISOString().slice(0, -1)
  return text.endsWith('.000') ? text.slice(0, -4) : `${text}000`
}

/** Key and value of each entry of a dict; undefined for what is none. */
export function dictEntries(value: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (value instanceof Map) return [...value]
  return isPlainObject(value) ? Object.entries(value) : undefined
}

/** What `for` walks over: items of lists and sets, keys of dicts, characters of strings; nothing when undefined. */
export function iterate(value: unknown): unknown[] {
  const bare = plain(value)
  if (bare === undefined || bare === null) return []
  if (Array.isArray(bare)) return bare
  if (typeof bare === 'string') return Array.from(bare)
  const entries = dictEntries(bare)
  if (entries !== undefined) return entries.map(([key]) => key)
  if (typeof bare === 'object' && Symbol.iterator in bare) return [...(bare as Iterable<unknown>)] // just checked
  throw new TypeError(`${typeof bare} is not iterable`)
}

export function equal(left: unknown, right: unknown): boolean {
  const [a, b] = [plain(left), plain(right)]
  if (a === b) return true
  if (a === undefined || a === null) return b === undefined || b === null
  if (typeof a === 'boolean' || typeof b === 'boolean') return asNumber(a) === asNumber(b)
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]))
  return false
}

const asNumber = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  const bare = plain(container)
  if (bare === undefined || bare === null) return false
  if (typeof bare === 'string') return bare.includes(str(item))
  if (bare instanceof Map || bare instanceof Set) return bare.has(plain(item))
  if (isPlainObject(bare)) return Object.hasOwn(bare, str(item))
  return iterate(bare).some((candidate) => equal(candidate, item))
}

/** `left + right`; text that is HTML stays HTML, and what is added to it is escaped. */
export function add(left: unknown, right: unknown): unknown {
  if (isList(left) && isList(right)) return [...left, ...right]
  const [a, b] = [asNumber(left), asNumber(right)]
  if (typeof a === 'number' && typeof b === 'number') return a + b
  return concat(left, right)
}

/** `left ~ right`. */
export function concat(left: unknown, right: unknown): string | SafeString {
  if (!isSafe(left) && !isSafe(right)) return str(left) + str(right)
  return safe(escaped(left) + escaped(right))
}

export const escaped = (value: unknown): string => (isSafe(value) ? value.toString() : escapeHtml(str(value)))

/** `left * right`: numbers, or a repeated string or list. */
export function multiply(left: unknown, right: unknown): unknown {
  const [a, b] = [plain(left), plain(right)]
  if (typeof a === 'string' && typeof b === 'number') return a.repeat(Math.max(0, b))
  if (isList(a) && typeof b === 'number') return Array.from({ length: Math.max(0, b) }, () => a).flat()
  return Number(a) * Number(b)
}

const compareText = (a: unknown, b: unknown): number => {
  const [left, right] = [plain(a), plain(b)]
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const order = compareText(left[i], right[i])
      if (order !== 0) return order
    }
    return left.length - right.length
  }
  const [x, y] = [left as number, right as number] // JavaScript orders strings, numbers and dates by the same operators
  return x < y ? -1 : x > y ? 1 : 0
}

/** Order of two values, as sorting and `<` see it. */
export const order = compareText

/** A chain of comparisons: `compare(1, '<', x, '<=', 5)`. */
export function compare(first: unknown, ...rest: readonly unknown[]): boolean {
  let left = first
  for (let i = 0; i < rest.length; i += 2) {
    const right = rest[i + 1]
    if (!holds(left, String(rest[i]), right)) return false
    left = right
  }
  return true
}

function holds(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '==' || operator === '===') return equal(left, right)
  if (operator === '!=' || operator === '!==') return !equal(left, right)
  // Nothing is neither less nor more than something.
  if (left === undefined || left === null || right === undefined || right === null) return false
  const difference = order(left, right)
  if (operator === '<') return difference < 0
  if (operator === '>') return difference > 0
  return operator === '<=' ? difference <= 0 : difference >= 0
}

/** `value[start:stop:step]`. */
export function slice(value: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  const bare = plain(value)
  const items = iterate(bare)
  const stride = typeof step === 'number' && step !== 0 ? step : 1
  const bound = (given: unknown, fallback: number): number => {
    if (typeof given !== 'number') return fallback
    const index = given < 0 ? given + items.length : given
    return Math.min(Math.max(index, stride < 0 ? -1 : 0), items.length)
  }
  const from = Math.min(bound(start, stride < 0 ? items.length - 1 : 0), stride < 0 ? items.length - 1 : items.length)
  const to = bound(stop, stride < 0 ? -1 : items.length)
  const picked: unknown[] = []
  for (let i = from; stride < 0 ? i > to : i < to; i += stride) picked.push(items[i])
  return typeof bare === 'string' ? picked.join('') : picked
}
