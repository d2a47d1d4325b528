/** What a kind may ask about the place a value comes from. */
export interface ParseContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** False for options whose `~` is meant for someone else's home. */
  readonly expandTilde: boolean
  /** Home directory of a user, for `~name`; undefined when there is no such user. */
  homeOf(user: string): string | undefined
  warn(message: string): void
}

/** Finds what an option names: a registered class, or an export of a module. */
export interface Importer {
  /** @throws ConfigError when nothing of that name can be found */
  classNamed(registry: string, name: string): Promise<unknown>
  /** @param reference - `module#export`, relative to the file that says it */
  functionAt(reference: string): Promise<unknown>
}

/**
 * A kind of value: checks it, reads it from the command line.
 *
 * @typeParam V - what the program gets
 * @typeParam I - what a configuration may say
 */
export interface Kind<V, I = V> {
  /** One word or two for tables: `int`, `list of str`. */
  readonly word: string
  /** Completes "expected …", with an example: `an int, for example 8000`. */
  readonly expected: string
  /** How `append`, `add`, `update` of a configuration file may change the default instead of replacing it. */
  readonly container: 'list' | 'set' | 'dict' | undefined
  /** True when the value must never be printed. */
  readonly secret: boolean
  /** Where names of classes are looked up, for kinds whose values are classes. */
  readonly registry?: string
  /** @returns the value, copied. @throws KindMismatch */
  check(value: unknown): V
  /**
   * Reads the texts that one option was given on the command line (more than one when it was repeated);
   * the result still goes through {@link check}.
   *
   * @throws KindMismatch
   */
  parse(texts: readonly string[], context: ParseContext): unknown
  /** Replaces names of classes and functions by what they name, before {@link check}. */
  resolve?(value: unknown, importer: Importer): Promise<unknown>
  /** Carries `I` for the compiler; never there. */
  readonly input?: I
}

export type AnyKind = Kind<unknown, unknown>
export type ValueOfKind<K> = K extends Kind<infer V, infer _I> ? V : never
export type InputOfKind<K> = K extends Kind<infer _V, infer I> ? I : never

/** A value is not of the kind; the loader adds where it came from. */
export class KindMismatch extends Error {
  override readonly name = 'KindMismatch'
  constructor(
    /** Completes "expected …". */
    readonly expected: string,
    /** Where inside the value, e.g. `[2].name`. */
    readonly path = '',
  ) {
    super(`expected ${expected}`)
  }

  within(path: string): KindMismatch {
    return new KindMismatch(this.expected, path + this.path)
  }
}

/** For options that take one value: of several on the command line the last counts. */
export function lastText(texts: readonly string[]): string {
  return texts.at(-1) ?? ''
}
