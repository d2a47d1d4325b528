import { parsePythonLiteral } from '../python-literal.js'
import { Secret } from '../secret.js'
import { deepCopy } from './copy.js'
import { type Importer, type Kind, KindMismatch, lastText } from './kind.js'

/** The most general function type: what is called with anything, returns anything. */
// `never` parameters accept every function, whatever it takes.
export type AnyFunction = (...args: never[]) => unknown

/** Text that must not be printed. */
export const secret: Kind<Secret, string | Secret> = {
  word: 'str (secret)',
  expected: 'a string',
  container: undefined,
  secret: true,
  check(value) {
    if (value instanceof Secret && typeof value.reveal() === 'string') return value
    if (typeof value !== 'string') throw new KindMismatch(this.expected)
    return new Secret(value)
  },
  parse: (texts) => lastText(texts),
}

/** Bytes that must not be printed; text stays text, so that the reader decides how it is encoded. */
export const secretBytes: Kind<Secret<string | Uint8Array>, string | Uint8Array | Secret<string | Uint8Array>> = {
  word: 'bytes or str (secret)',
  expected: 'bytes or a string',
  container: undefined,
  secret: true,
  check(value) {
    if (value instanceof Secret) return value
    if (value instanceof Uint8Array) return new Secret<string | Uint8Array>(Uint8Array.from(value))
    if (typeof value !== 'string') throw new KindMismatch(this.expected)
    return new Secret<string | Uint8Array>(value)
  },
  parse: (texts) => lastText(texts),
}

/** Names a function of a module: `hooks.mjs#preSpawn`. */
const FUNCTION_REFERENCE = /^[^\s#]+#[A-Za-z_$][\w$]*$/

export function callable<F extends AnyFunction>(): Kind<F, F | string> {
  return {
    word: 'callable',
    expected: "a function, or where to find one: 'hooks.mjs#name'",
    container: undefined,
    secret: false,
    check(value) {
      if (typeof value !== 'function') throw new KindMismatch(this.expected)
      // Parameters cannot be seen at run time; the declaration says what it will be called with.
      return value as F
    },
    parse: (texts) => lastText(texts),
    resolve: async (value, importer) =>
      typeof value === 'string' && FUNCTION_REFERENCE.test(value) ? importer.functionAt(value) : value,
  }
}

/**
 * A class: the class itself, its registered short name, upstream's dotted name, or a module to import it from.
 *
 * @param registry - the `kind` of the {@link ClassRegistry} its names are looked up in
 */
export function classRef<T>(registry: string): Kind<T, T | string> {
  return {
    word: 'class',
    registry,
    expected: `a ${registry} class, or its name`,
    container: undefined,
    secret: false,
    check(value) {
      if (typeof value !== 'function') throw new KindMismatch(this.expected)
      // The registry holds classes of this kind; for others the plug-in's own contract is checked when it is used.
      return value as T
    },
    parse: (texts) => lastText(texts),
    resolve: async (value, importer: Importer) =>
      typeof value === 'string' ? importer.classNamed(registry, value) : value,
  }
}

/** Anything at all. */
export function any<T = unknown>(): Kind<T> {
  return {
    word: 'any',
    expected: 'any value',
    container: undefined,
    secret: false,
    // Declared by the trait's author and not checked: that is what this kind is for.
    check: (value) => deepCopy(value) as T,
    parse: (texts) => {
      const text = lastText(texts)
      const literal = parsePythonLiteral(text)
      return literal === undefined ? text : literal.value
    },
  }
}

/** The first of several kinds that takes the value. */
export function oneOf<const K extends readonly Kind<unknown, unknown>[]>(
  kinds: K,
): Kind<K[number] extends Kind<infer V, infer _I> ? V : never, K[number] extends Kind<infer _V, infer I> ? I : never> {
  type Value = K[number] extends Kind<infer V, infer _I> ? V : never
  const expected = kinds.map((kind) => kind.expected).join('; or ')
  const takes = (kind: Kind<unknown, unknown>, value: unknown): boolean =>
    attempt(() => kind.check(value)) !== undefined
  return {
    word: kinds.map((kind) => kind.word).join(' or '),
    expected,
    container: kinds.find((kind) => kind.container !== undefined)?.container,
    secret: kinds.some((kind) => kind.secret),
    check(value) {
      for (const kind of kinds) {
        const taken = attempt(() => kind.check(value))
        // `kind` is one of K, so what it returns is one of their values.
        if (taken !== undefined) return taken.value as Value
      }
      throw new KindMismatch(expected)
    },
    parse(texts, context) {
      for (const kind of kinds) {
        const parsed = attempt(() => kind.parse(texts, context))
        if (parsed !== undefined && takes(kind, parsed.value)) return parsed.value
      }
      // Text that only becomes a value once a module was imported.
      return lastText(texts)
    },
    async resolve(value, importer) {
      // In order, so that [callable, str] takes 'hooks.mjs#form' for a function and [str, callable] for text.
      for (const kind of kinds) {
        if (takes(kind, value)) return value
        const resolved = await kind.resolve?.(value, importer)
        if (resolved !== undefined && resolved !== value) return resolved
      }
      return value
    },
  }
}

function attempt<T>(act: () => T): { readonly value: T } | undefined {
  try {
    return { value: act() }
  } catch (error) {
    if (error instanceof KindMismatch) return undefined
    throw error
  }
}
