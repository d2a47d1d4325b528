import { parsePythonLiteral } from '../python-literal.js'
import { isPlainObject } from './copy.js'
import { type Kind, KindMismatch, lastText, type ParseContext } from './kind.js'

/** A list; the command line repeats the option for each item. */
export function list<V, I>(of: Kind<V, I>): Kind<V[], readonly I[]> {
  return {
    word: `list of ${of.word}`,
    expected: `a list, each item ${of.expected}`,
    container: 'list',
    secret: of.secret,
    check(value) {
      if (!Array.isArray(value)) throw new KindMismatch(this.expected)
      return value.map((item, index) => checkItem(of, item, `[${index}]`))
    },
    parse: (texts, context) => parseItems(of, texts, context),
    async resolve(value, importer) {
      if (!Array.isArray(value) || of.resolve === undefined) return value
      const items: unknown[] = []
      for (const item of value) items.push(await of.resolve(item, importer))
      return items
    },
  }
}

/** A set; files may write it as a set or a list. */
export function set<V, I>(of: Kind<V, I>): Kind<Set<V>, ReadonlySet<I> | readonly I[]> {
  return {
    word: `set of ${of.word}`,
    expected: `a set (or list), each item ${of.expected}`,
    container: 'set',
    secret: of.secret,
    check(value) {
      if (!Array.isArray(value) && !(value instanceof Set)) throw new KindMismatch(this.expected)
      return new Set([...value].map((item, index) => checkItem(of, item, `[${index}]`)))
    },
    parse: (texts, context) => parseItems(of, texts, context),
  }
}

/** Values by name; the command line repeats the option as `name=value`. */
export function dict<V, I>(of: Kind<V, I>): Kind<Record<string, V>, Readonly<Record<string, I>>> {
  return {
    word: `dict of ${of.word}`,
    expected: `a dict, each value ${of.expected}`,
    container: 'dict',
    secret: of.secret,
    check(value) {
      if (!isPlainObject(value)) throw new KindMismatch(this.expected)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, checkItem(of, item, `[${JSON.stringify(key)}]`)]),
      )
    },
    parse: (texts, context) => parsePairs(of, texts, context),
  }
}

/** A program and its arguments; a bare string is the program alone and is not split. */
export const command: Kind<string[], string | readonly string[]> = {
  word: 'command',
  expected: "a command as a list of strings, for example ['program', '--flag']",
  container: 'list',
  secret: false,
  check(value) {
    if (typeof value === 'string') return [value]
    if (!isArrayOfStrings(value)) throw new KindMismatch(this.expected)
    return [...value]
  },
  parse(texts, context) {
    const literal = texts.length === 1 ? containerLiteral(lastText(texts)) : undefined
    if (!Array.isArray(literal)) return [...texts]
    warnOfLiteral(lastText(texts), context)
    return [...(literal as unknown[])]
  },
}

function isArrayOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function checkItem<V, I>(of: Kind<V, I>, item: unknown, path: string): V {
  try {
    return of.check(item)
  } catch (error) {
    throw error instanceof KindMismatch ? error.within(path) : error
  }
}

function parseItems(of: Kind<unknown, unknown>, texts: readonly string[], context: ParseContext): unknown {
  const literal = texts.length === 1 ? containerLiteral(lastText(texts)) : undefined
  if (Array.isArray(literal) || literal instanceof Set) {
    warnOfLiteral(lastText(texts), context)
    return [...literal]
  }
  return texts.map((text) => of.parse([text], context))
}

function parsePairs(of: Kind<unknown, unknown>, texts: readonly string[], context: ParseContext): unknown {
  const literal = texts.length === 1 ? containerLiteral(lastText(texts)) : undefined
  if (isPlainObject(literal)) {
    warnOfLiteral(lastText(texts), context)
    return literal
  }
  const grouped = new Map<string, string[]>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    if (equals < 0) throw new KindMismatch('name=value, repeated for each name')
    const key = text.slice(0, equals)
    grouped.set(key, [...(grouped.get(key) ?? []), text.slice(equals + 1)])
  }
  return Object.fromEntries([...grouped].map(([key, values]) => [key, of.parse(values, context)]))
}

/** Only brackets make a container: `7` and `'x'` are literals too, but single values. */
function containerLiteral(text: string): unknown {
  return /^\s*(?:[[({]|set\()/.test(text) ? parsePythonLiteral(text)?.value : undefined
}

function warnOfLiteral(text: string, context: ParseContext): void {
  // A list of dicts has no other form on the command line.
  if (text.includes('{') && text.trimStart().startsWith('[')) return
  context.warn('a Python literal on the command line is deprecated; repeat the option for each item instead')
}
