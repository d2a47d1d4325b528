import { braceFormat, strftime } from './python-format.js'
import { dictEntries, equal, isoText, isPlainObject, iterate, plain, str } from './python-values.js'

/** Keyword arguments of a call, as nunjucks hands them over: the last argument, marked. */
export type Keywords = Readonly<Record<string, unknown>>

/** Parts the keyword arguments of a call from the positional ones. */
export function splitKeywords(args: readonly unknown[]): {
  readonly positional: readonly unknown[]
  readonly keywords: Keywords
} {
  const last = args.at(-1)
  if (!isPlainObject(last) || !Object.hasOwn(last, '__keywords')) return { positional: args, keywords: {} }
  const { __keywords: _, ...keywords } = last
  return { positional: args.slice(0, -1), keywords }
}

type Method<Self> = (self: Self, args: readonly unknown[], keywords: Keywords) => unknown
type Methods<Self> = Readonly<Record<string, Method<Self>>>

const trimmed = (text: string, chars: unknown, sides: 'both' | 'left' | 'right'): string => {
  const set = typeof chars === 'string' ? new Set(chars) : undefined
  const drop = (char: string | undefined): boolean =>
    char !== undefined && (set === undefined ? /\s/.test(char) : set.has(char))
  let [from, to] = [0, text.length]
  if (sides !== 'right') while (from < to && drop(text[from])) from++
  if (sides !== 'left') while (to > from && drop(text[to - 1])) to--
  return text.slice(from, to)
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()

export const titleCase = (text: string): string => text.replace(/\p{L}+/gu, capitalize)

const anyOf = (prefixes: unknown, test: (prefix: string) => boolean): boolean =>
  (Array.isArray(prefixes) ? prefixes : [prefixes]).some((prefix) => test(str(prefix)))

function split(text: string, separator: unknown, most: unknown): string[] {
  const parts = separator === undefined || separator === null ? text.trim().split(/\s+/) : text.split(str(separator))
  if (typeof most !== 'number' || most < 0 || parts.length <= most + 1)
    return parts.length === 1 && text === '' ? [] : parts
  const glue = separator === undefined || separator === null ? ' ' : str(separator)
  return [...parts.slice(0, most), parts.slice(most).join(glue)]
}

const stringMethods: Methods<string> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title: titleCase,
  capitalize,
  casefold: (text) => text.toLowerCase(),
  strip: (text, [chars]) => trimmed(text, chars, 'both'),
  lstrip: (text, [chars]) => trimmed(text, chars, 'left'),
  rstrip: (text, [chars]) => trimmed(text, chars, 'right'),
  split: (text, [separator, most], { sep, maxsplit }) => split(text, separator ?? sep, most ?? maxsplit),
  rsplit: (text, [separator]) => split(text, separator, undefined),
  splitlines: (text) => text.split(/\r\n|\n|\r/),
  join: (text, [items]) => iterate(items).map(str).join(text),
  replace: (text, [from, to, count]) =>
    typeof count === 'number' ? replaceSome(text, str(from), str(to), count) : text.replaceAll(str(from), str(to)),
  startswith: (text, [prefix]) => anyOf(prefix, (part) => text.startsWith(part)),
  endswith: (text, [suffix]) => anyOf(suffix, (part) => text.endsWith(part)),
  find: (text, [part]) => text.indexOf(str(part)),
  index: (text, [part]) => text.indexOf(str(part)),
  count: (text, [part]) => text.split(str(part)).length - 1,
  format: (text, args, keywords) => braceFormat(text, args, keywords),
  zfill: (text, [width]) => text.padStart(Number(width), '0'),
  ljust: (text, [width]) => text.padEnd(Number(width)),
  rjust: (text, [width]) => text.padStart(Number(width)),
  isdigit: (text) => /^\d+$/.test(text),
  isalpha: (text) => /^\p{L}+$/u.test(text),
  isalnum: (text) => /^[\p{L}\p{N}]+$/u.test(text),
  islower: (text) => text !== text.toUpperCase() && text === text.toLowerCase(),
  isupper: (text) => text !== text.toLowerCase() && text === text.toUpperCase(),
  encode: (text) => text,
}

function replaceSome(text: string, from: string, to: string, count: number): string {
  const parts = text.split(from)
  return (
    parts.slice(0, count + 1).join(to) +
    parts
      .slice(count + 1)
      .map((part) => from + part)
      .join('')
  )
}

const listMethods: Methods<unknown[]> = {
  append: (list, [item]) => {
    list.push(item)
    return null
  },
  extend: (list, [items]) => {
    list.push(...iterate(items))
    return null
  },
  insert: (list, [index, item]) => {
    list.splice(Number(index), 0, item)
    return null
  },
  pop: (list, [index]) => (index === undefined ? list.pop() : list.splice(Number(index), 1)[0]),
  remove: (list, [item]) => {
    const at = list.findIndex((candidate) => equal(candidate, item))
    if (at !== -1) list.splice(at, 1)
    return null
  },
  index: (list, [item]) => list.findIndex((candidate) => equal(candidate, item)),
  count: (list, [item]) => list.filter((candidate) => equal(candidate, item)).length,
  copy: (list) => [...list],
}

type Dict = Map<unknown, unknown> | Record<string, unknown>

const dictGet = (dict: Dict, key: unknown): unknown =>
  dict instanceof Map ? dict.get(plain(key)) : Object.hasOwn(dict, str(key)) ? dict[str(key)] : undefined

const dictSet = (dict: Dict, key: unknown, value: unknown): void => {
  if (dict instanceof Map) dict.set(plain(key), value)
  else dict[str(key)] = value
}

const dictMethods: Methods<Dict> = {
  items: (dict) => (dictEntries(dict) ?? []).map((entry) => [...entry]),
  keys: (dict) => iterate(dict),
  values: (dict) => (dictEntries(dict) ?? []).map(([, value]) => value),
  get: (dict, [key, fallback]) => dictGet(dict, key) ?? fallback ?? null,
  update: (dict, [other], keywords) => {
    for (const [key, value] of [...(dictEntries(other) ?? []), ...Object.entries(keywords)]) dictSet(dict, key, value)
    return null
  },
  setdefault: (dict, [key, fallback]) => {
    const found = dictGet(dict, key)
    if (found !== undefined) return found
    dictSet(dict, key, fallback ?? null)
    return fallback ?? null
  },
  copy: (dict) => (dict instanceof Map ? new Map(dict) : { ...dict }),
}

const setMethods: Methods<ReadonlySet<unknown>> = {
  union: (set, [other]) => new Set([...set, ...iterate(other)]),
  intersection: (set, [other]) => new Set(iterate(other).filter((item) => set.has(item))),
  difference: (set, [other]) => new Set([...set].filter((item) => !iterate(other).includes(item))),
  issubset: (set, [other]) => [...set].every((item) => iterate(other).includes(item)),
}

const dateMethods: Methods<Date> = {
  isoformat: isoText,
  strftime: (time, [pattern]) => strftime(time, str(pattern)),
  timestamp: (time) => time.getTime() / 1000,
  date: (time) => time.toISOString().slice(0, 10),
}

const dateFields: Readonly<Record<string, (time: Date) => number>> = {
  year: (time) => time.getUTCFullYear(),
  month: (time) => time.getUTCMonth() + 1,
  day: (time) => time.getUTCDate(),
  hour: (time) => time.getUTCHours(),
  minute: (time) => time.getUTCMinutes(),
  second: (time) => time.getUTCSeconds(),
}

function bind<Self>(methods: Methods<Self>, self: Self, name: string): unknown {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (method === undefined) return undefined
  return (...args: unknown[]) => {
    const { positional, keywords } = splitKeywords(args)
    return method(self, positional, keywords)
  }
}

/** `value.name` or `value[name]` as Python reads it: own members first, then the methods Python's type has. */
export function lookupMember(value: unknown, name: unknown): unknown {
  const bare = plain(value)
  if (bare === undefined || bare === null) return undefined
  if (typeof name === 'number' && name < 0 && (Array.isArray(bare) || typeof bare === 'string')) return bare.at(name)
  const key = str(name)
  if (typeof bare === 'string') return typeof name === 'number' ? bare[name] : bind(stringMethods, bare, key)
  if (Array.isArray(bare)) {
    return typeof name === 'number' ? (bare[name] as unknown) : (bind(listMethods, bare as unknown[], key) ?? undefined) // any[]
  }
  if (bare instanceof Date) return dateFields[key]?.(bare) ?? bind(dateMethods, bare, key)
  if (bare instanceof Map) return bare.has(plain(name)) ? bare.get(plain(name)) : bind(dictMethods, bare, key)
  if (bare instanceof Set) return bind(setMethods, bare, key)
  if (isPlainObject(bare)) return Object.hasOwn(bare, key) ? ownMember(bare, key) : bind(dictMethods, bare, key)
  if (typeof bare !== 'object') return undefined
  return ownMember(bare as Record<string, unknown>, key) // an object of a class: its members are reached by name
}

function ownMember(object: Record<string, unknown>, key: string): unknown {
  const member = object[key]
  return typeof member === 'function' ? (member.bind(object) as unknown) : member
}
