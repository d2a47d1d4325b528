import type { EnvironmentBase } from './nunjucks-internals.js'
import { percentFormat } from './python-format.js'
import { type Keywords, lookupMember, splitKeywords, titleCase } from './python-methods.js'
import {
  add,
  dictEntries,
  equal,
  escapeHtml,
  escaped,
  isSafe,
  iterate,
  order,
  plain,
  safe,
  str,
  truthy,
} from './python-values.js'

/** The filter call's environment (for tests by name), then the filtered value, positional and keyword arguments. */
type Filter = (env: EnvironmentBase, value: unknown, args: readonly unknown[], keywords: Keywords) => unknown

/** Keeps HTML text marked as such through a change of its letters. */
const text =
  (change: (text: string, args: readonly unknown[]) => string): Filter =>
  (_, value, args) => {
    const changed = change(str(value), args)
    return isSafe(value) ? safe(changed) : changed
  }

/** `attribute="a.b"`: follows a path of members. */
const attributeOf = (item: unknown, path: unknown): unknown =>
  path === undefined || path === null
    ? item
    : str(path)
        .split('.')
        .reduce<unknown>((value, key) => lookupMember(value, /^\d+$/.test(key) ? Number(key) : key), item)

const foldCase = (value: unknown, caseSensitive: unknown): unknown =>
  typeof plain(value) === 'string' && !truthy(caseSensitive) ? str(value).toLowerCase() : value

function sorted(items: readonly unknown[], key: (item: unknown) => unknown, reverse: unknown): unknown[] {
  const direction = truthy(reverse) ? -1 : 1
  return [...items].sort((a, b) => direction * order(key(a), key(b)))
}

/** `select("test", arg)`, `rejectattr("name", "test", arg)`. */
const picking =
  (wanted: boolean, byAttribute: boolean): Filter =>
  (env, value, args) => {
    const [attribute, testName, argument] = byAttribute ? args : [undefined, ...args]
    const test = testName === undefined ? truthy : env.tests[str(testName)]
    if (test === undefined) throw new Error(`test not found: ${str(testName)}`)
    const holds = test as (value: unknown, argument: unknown) => unknown // tests take the value and one argument
    return iterate(value).filter((item) => truthy(holds(attributeOf(item, attribute), argument)) === wanted)
  }

function unique(items: readonly unknown[], key: (item: unknown) => unknown): unknown[] {
  const seen: unknown[] = []
  return items.filter((item) => {
    const by = key(item)
    if (seen.some((other) => equal(other, by))) return false
    seen.push(by)
    return true
  })
}

function groupBy(items: readonly unknown[], attribute: unknown): unknown[] {
  const keyOf = (item: unknown): unknown => attributeOf(item, attribute)
  return unique(sorted(items, keyOf, false).map(keyOf), (key) => key).map((grouper) => {
    const list = items.filter((item) => equal(keyOf(item), grouper))
    return Object.assign([grouper, list], { grouper, list })
  })
}

const extreme =
  (wanted: -1 | 1): Filter =>
  (_, value, [caseSensitive, attribute], keywords) => {
    const key = (item: unknown): unknown =>
      foldCase(attributeOf(item, attribute ?? keywords['attribute']), caseSensitive)
    return sorted(iterate(value), key, wanted === 1)[0]
  }

/** JSON that may stand inside a script element or an attribute. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(jsonReady(value), null, indent)
    .replace(/</g, '\\u003c')
    .replace(/>/g, '\\u003e')
    .replace(/&/g, '\\u0026')
    .replace(/'/g, '\\u0027')

function jsonReady(value: unknown): unknown {
  const bare = plain(value)
  if (bare === undefined || typeof bare === 'function') return null
  if (bare instanceof Set || Array.isArray(bare)) return [...(bare as Iterable<unknown>)].map(jsonReady) // any[]
  const entries = dictEntries(bare)
  return entries === undefined ? bare : Object.fromEntries(entries.map(([key, item]) => [str(key), jsonReady(item)]))
}

const percentEncode = (value: unknown): string =>
  encodeURIComponent(str(value)).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

function urlEncode(value: unknown): string {
  const pairs = dictEntries(value) ?? (Array.isArray(value) ? (value as [unknown, unknown][]) : undefined) // pairs, as in Jinja2
  if (pairs === undefined) return percentEncode(value).replace(/%2F/g, '/')
  return pairs.map(([key, item]) => `${percentEncode(key)}=${percentEncode(item)}`).join('&')
}

function truncate(value: string, length: number, killWords: boolean, end: string, leeway: number): string {
  if (value.length <= length + leeway) return value
  const cut = value.slice(0, length - end.length)
  return (killWords ? cut : cut.replace(/\s+\S*$/, '')) + end
}

function batch(items: readonly unknown[], size: number, fill: unknown): unknown[][] {
  const rows: unknown[][] = []
  for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size))
  const last = rows.at(-1)
  while (last !== undefined && fill !== undefined && last.length < size) last.push(fill)
  return rows
}

function round(value: number, digits: number, method: string): number {
  const factor = 10 ** digits
  const rounding = method === 'ceil' ? Math.ceil : method === 'floor' ? Math.floor : Math.round
  return rounding(value * factor) / factor
}

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (bytes < base) return bytes === 1 ? '1 Byte' : `${bytes} Bytes`
  const units = binary ? ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] : ['kB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(base)), units.length)
  return `${(bytes / base ** power).toFixed(1)} ${units[power - 1] ?? ''}`
}

const orDefault: Filter = (_, value, [fallback, whenFalse], keywords) => {
  const replacement = fallback ?? keywords['default_value'] ?? ''
  if (value === undefined) return replacement
  return truthy(whenFalse ?? keywords['boolean']) && !truthy(value) ? replacement : value
}

const length: Filter = (_, value) => iterate(value).length
const escape: Filter = (_, value) => safe(escaped(value))

/** The filters of Jinja2. */
const filters: Readonly<Record<string, Filter>> = {
  abs: (_, value) => Math.abs(Number(value)),
  attr: (_, value, [name]) => lookupMember(value, name),
  batch: (_, value, [size, fill]) => batch(iterate(value), Number(size), fill),
  capitalize: text((value) => value.charAt(0).toUpperCase() + value.slice(1).toLowerCase()),
  center: text((value, [width]) => {
    const size = Number(width ?? 80)
    return value.padStart(Math.floor((size + value.length) / 2)).padEnd(size)
  }),
  count: length,
  d: orDefault,
  default: orDefault,
  dictsort: (_, value, [, by]) =>
    sorted(
      (dictEntries(value) ?? []).map((entry) => [...entry]),
      (entry) => foldCase(lookupMember(entry, by === 'value' ? 1 : 0), false),
      false,
    ),
  e: escape,
  escape,
  filesizeformat: (_, value, [binary], keywords) => fileSize(Number(value), truthy(binary ?? keywords['binary'])),
  first: (_, value) => iterate(value)[0],
  float: (_, value, [fallback]) =>
    Number.isNaN(Number.parseFloat(str(value))) ? (fallback ?? 0) : Number.parseFloat(str(value)),
  forceescape: (_, value) => safe(escapeHtml(str(value))),
  format: (_, value, args, keywords) =>
    Object.keys(keywords).length > 0 ? percentFormat(value, keywords) : percentFormat(value, args),
  groupby: (_, value, [attribute], keywords) => groupBy(iterate(value), attribute ?? keywords['attribute']),
  indent: text((value, [width, first]) => {
    const space = typeof width === 'string' ? width : ' '.repeat(Number(width ?? 4))
    return value
      .split('\n')
      .map((line, i) => ((i > 0 || truthy(first)) && line !== '' ? space + line : line))
      .join('\n')
  }),
  int: (_, value, [fallback]) => {
    const number = Number.parseInt(typeof value === 'boolean' ? String(Number(value)) : str(value), 10)
    return Number.isNaN(number) ? (fallback ?? 0) : number
  },
  items: (_, value) => (dictEntries(value) ?? []).map((entry) => [...entry]),
  join: (_, value, [glue, attribute], keywords) => {
    const items = iterate(value).map((item) => attributeOf(item, attribute ?? keywords['attribute']))
    const between = glue ?? keywords['d'] ?? ''
    if (!items.some(isSafe) && !isSafe(between)) return items.map(str).join(str(between))
    return safe(items.map(escaped).join(escaped(between)))
  },
  last: (_, value) => iterate(value).at(-1),
  length,
  list: (_, value) => [...iterate(value)],
  lower: text((value) => value.toLowerCase()),
  map: (env, value, [name, ...args], keywords) => {
    const attribute = keywords['attribute']
    if (attribute !== undefined) {
      return iterate(value).map((item) => attributeOf(item, attribute) ?? keywords['default'])
    }
    const filter = filters[str(name)]
    if (filter === undefined) throw new Error(`filter not found: ${str(name)}`)
    return iterate(value).map((item) => filter(env, item, args, keywords))
  },
  max: extreme(1),
  min: extreme(-1),
  nl2br: (_, value) => safe(escaped(value).replace(/\r\n|\n/g, '<br />\n')),
  pprint: (_, value) => JSON.stringify(jsonReady(value), null, 2),
  random: (_, value) => iterate(value)[Math.floor(Math.random() * iterate(value).length)],
  reject: picking(false, false),
  rejectattr: picking(false, true),
  replace: text((value, [from, to, count]) =>
    typeof count === 'number'
      ? value.split(str(from)).reduce((done, part, i) => done + (i <= count ? str(to) : str(from)) + part)
      : value.replaceAll(str(from), str(to)),
  ),
  reverse: (_, value) =>
    typeof plain(value) === 'string' ? iterate(value).reverse().join('') : [...iterate(value)].reverse(),
  round: (_, value, [digits, method]) => round(Number(value), Number(digits ?? 0), str(method)),
  safe: (_, value) => safe(str(value)),
  select: picking(true, false),
  selectattr: picking(true, true),
  slice: (_, value, [count]) => {
    const items = iterate(value)
    const [size, rest] = [Math.floor(items.length / Number(count)), items.length % Number(count)]
    return Array.from({ length: Number(count) }, (_unused, i) => {
      const start = i * size + Math.min(i, rest)
      return items.slice(start, start + size + (i < rest ? 1 : 0))
    })
  },
  sort: (_, value, [reverse, caseSensitive, attribute], keywords) =>
    sorted(
      iterate(value),
      (item) =>
        foldCase(attributeOf(item, attribute ?? keywords['attribute']), caseSensitive ?? keywords['case_sensitive']),
      reverse ?? keywords['reverse'],
    ),
  string: (_, value) => (isSafe(value) ? value : str(value)),
  striptags: (_, value) =>
    str(value)
      .replace(/<!--[^]*?-->|<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  sum: (_, value, [attribute, start], keywords) =>
    iterate(value)
      .map((item) => attributeOf(item, attribute ?? keywords['attribute']))
      .reduce(
        (total, item) => add(total, item instanceof Set ? [...(item as Set<unknown>)] : item),
        start ?? keywords['start'] ?? 0,
      ),
  title: text(titleCase),
  tojson: (_, value, [indent], keywords) => {
    const width = indent ?? keywords['indent']
    return safe(toJson(value, typeof width === 'number' ? width : undefined))
  },
  trim: text((value, [chars]) => str((lookupMember(value, 'strip') as (...args: unknown[]) => unknown)(chars))), // strings have it
  truncate: (_, value, [size, killWords, end, leeway], keywords) =>
    truncate(
      str(value),
      Number(size ?? keywords['length'] ?? 255),
      truthy(killWords ?? keywords['killwords']),
      str(end ?? keywords['end'] ?? '...'),
      Number(leeway ?? keywords['leeway'] ?? 5),
    ),
  unique: (_, value, [caseSensitive, attribute], keywords) =>
    unique(iterate(value), (item) => foldCase(attributeOf(item, attribute ?? keywords['attribute']), caseSensitive)),
  upper: text((value) => value.toUpperCase()),
  urlencode: (_, value) => urlEncode(plain(value)),
  wordcount: (_, value) => str(value).match(/\w+/g)?.length ?? 0,
  xmlattr: (_, value) =>
    safe(
      (dictEntries(value) ?? [])
        .filter(([, item]) => item !== null && item !== undefined)
        .map(([key, item]) => ` ${escaped(key)}="${escaped(item)}"`)
        .join(''),
    ),
}

/** The filters, in the form nunjucks calls them. */
export function jinjaFilters(env: EnvironmentBase): Record<string, (...args: unknown[]) => unknown> {
  return Object.fromEntries(
    Object.entries(filters).map(([name, filter]) => [
      name,
      (value: unknown, ...args: unknown[]) => {
        const { positional, keywords } = splitKeywords(args)
        return filter(env, value, positional, keywords)
      },
    ]),
  )
}
