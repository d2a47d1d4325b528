import { kind } from './kinds/index.js'
import type { AnyKind, InputOfKind, Kind, ValueOfKind } from './kinds/kind.js'
import type { AnyFunction } from './kinds/other.js'
import type { EnumerationOptions } from './kinds/scalars.js'

/** The values of the same object's other traits, each computed when it is read. */
export type TraitValues = Readonly<Record<string, unknown>>

/** What a computed default may look at besides the other values. */
export interface DefaultContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** True when a file or the command line set this trait of the same object. */
  isSet(trait: string): boolean
}

/** A default: a value, or a function that is always called to compute one (also where the value itself is a function). */
export type Default<I> = Exclude<I, AnyFunction> | ((values: TraitValues, context: DefaultContext) => I)

/** An option that was given a better name, or that should not be used any more. */
export interface Deprecation {
  /** The release that deprecated it. */
  readonly since: string
  /** What to use instead: `trait` of the same class, or `Class.trait`. The value is carried over there. */
  readonly use?: string
  /** Added to the warning when there is more to say than the new name. */
  readonly note?: string
  /**
   * Turns the old value into settings by `Class.trait`, where carrying it over as it is would be wrong.
   *
   * @param read - the raw value of another trait set beside it, or undefined
   */
  readonly apply?: (value: unknown, read: (trait: string) => unknown) => Readonly<Record<string, unknown>>
}

export interface TraitOptions<V, I> {
  readonly default: Default<I>
  /** One or a few sentences: what it does, when to change it. */
  readonly help: string
  /** `s`, `bytes`, `days`… */
  readonly unit?: string
  readonly deprecated?: Deprecation
  /** Another accepted name for that trait of the same class; values are carried over silently. */
  readonly aliasOf?: string
  /** @returns what is wrong with the value, as a sentence, or undefined */
  readonly validate?: (value: V) => string | undefined
  /** The release that brought it, when that matters to readers. */
  readonly since?: string
  /** The value is masked wherever it is printed (it need not be a `Secret`: think of tokens that are keys of a dict). */
  readonly sensitive?: boolean
  /** False keeps a leading `~` on the command line as it is, for options read by another user's process. */
  readonly expandTilde?: boolean
  /** How the default is described where it depends on the machine. */
  readonly defaultText?: string
}

export interface NullableTraitOptions<V, I> extends Omit<TraitOptions<V, I>, 'default'> {
  readonly default: Default<I> | null
  readonly nullable: true
}

/** One declared option. */
export interface Trait<V = unknown, I = V> extends Omit<TraitOptions<V, I>, 'default' | 'validate'> {
  readonly kind: Kind<V, I>
  readonly nullable: boolean
  readonly default: unknown
  /** @returns what is wrong with a value of the right kind, or undefined */
  validate(value: V): string | undefined
}

interface TraitBuilder<V, I> {
  (options: NullableTraitOptions<V, I>): Trait<V | null, I | null>
  (options: TraitOptions<V, I>): Trait<V, I>
}

function declare<V, I>(of: Kind<V, I>, options: TraitOptions<V, I> | NullableTraitOptions<V, I>): Trait<V, I> {
  const validate = options.validate ?? (() => undefined)
  return { ...options, kind: of, nullable: 'nullable' in options, validate }
}

function builder<V, I>(of: Kind<V, I>): TraitBuilder<V, I> {
  function build(options: NullableTraitOptions<V, I>): Trait<V | null, I | null>
  function build(options: TraitOptions<V, I>): Trait<V, I>
  function build(options: TraitOptions<V, I> | NullableTraitOptions<V, I>): unknown {
    return declare(of, options)
  }
  return build
}

function list<V, I>(
  of: Kind<V, I>,
  options: NullableTraitOptions<V[], readonly I[]>,
): Trait<V[] | null, readonly I[] | null>
function list<V, I>(of: Kind<V, I>, options: TraitOptions<V[], readonly I[]>): Trait<V[], readonly I[]>
function list<V, I>(
  of: Kind<V, I>,
  options: TraitOptions<V[], readonly I[]> | NullableTraitOptions<V[], readonly I[]>,
): unknown {
  return declare(kind.list(of), options)
}

type SetInput<I> = ReadonlySet<I> | readonly I[]
function set<V, I>(of: Kind<V, I>, options: TraitOptions<Set<V>, SetInput<I>>): Trait<Set<V>, SetInput<I>> {
  return declare(kind.set(of), options)
}

type DictInput<I> = Readonly<Record<string, I>>
function dict<V, I>(
  of: Kind<V, I>,
  options: NullableTraitOptions<Record<string, V>, DictInput<I>>,
): Trait<Record<string, V> | null, DictInput<I> | null>
function dict<V, I>(
  of: Kind<V, I>,
  options: TraitOptions<Record<string, V>, DictInput<I>>,
): Trait<Record<string, V>, DictInput<I>>
function dict<V, I>(
  of: Kind<V, I>,
  options: TraitOptions<Record<string, V>, DictInput<I>> | NullableTraitOptions<Record<string, V>, DictInput<I>>,
): unknown {
  return declare(kind.dict(of), options)
}

function enumeration<const M extends string | number>(
  members: readonly M[],
  options: TraitOptions<M, M> & EnumerationOptions,
): Trait<M, M> {
  return declare(kind.enumeration(members, options), options)
}

function callable<F extends AnyFunction>(
  options: NullableTraitOptions<F, F | string>,
): Trait<F | null, F | string | null>
function callable<F extends AnyFunction>(options: TraitOptions<F, F | string>): Trait<F, F | string>
function callable<F extends AnyFunction>(
  options: TraitOptions<F, F | string> | NullableTraitOptions<F, F | string>,
): unknown {
  return declare(kind.callable<F>(), options)
}

function classRef<T>(registry: string, options: TraitOptions<T, T | string>): Trait<T, T | string> {
  return declare(kind.classRef<T>(registry), options)
}

function any<T = unknown>(options: TraitOptions<T, T>): Trait<T, T> {
  return declare(kind.any<T>(), { ...options, nullable: true })
}

type OneOfValue<K extends readonly AnyKind[]> = ValueOfKind<K[number]>
type OneOfInput<K extends readonly AnyKind[]> = InputOfKind<K[number]>
function oneOf<const K extends readonly AnyKind[]>(
  kinds: K,
  options: NullableTraitOptions<OneOfValue<K>, OneOfInput<K>>,
): Trait<OneOfValue<K> | null, OneOfInput<K> | null>
function oneOf<const K extends readonly AnyKind[]>(
  kinds: K,
  options: TraitOptions<OneOfValue<K>, OneOfInput<K>>,
): Trait<OneOfValue<K>, OneOfInput<K>>
function oneOf<const K extends readonly AnyKind[]>(
  kinds: K,
  options: TraitOptions<OneOfValue<K>, OneOfInput<K>> | NullableTraitOptions<OneOfValue<K>, OneOfInput<K>>,
): unknown {
  return declare(kind.oneOf(kinds), options)
}

/** Declares one trait; see {@link kind} for the kinds that containers and `oneOf` are built of. */
export const trait = {
  str: builder(kind.str),
  int: builder(kind.int),
  float: builder(kind.float),
  bool: builder(kind.bool),
  bytespec: builder(kind.bytespec),
  prefix: builder(kind.prefix),
  command: builder(kind.command),
  secret: builder(kind.secret),
  secretBytes: builder(kind.secretBytes),
  enumeration,
  list,
  set,
  dict,
  callable,
  classRef,
  any,
  oneOf,
} as const
