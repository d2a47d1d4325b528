import type { Default, Trait } from './trait.js'

/** Traits by name. */
export type TraitMap = Readonly<Record<string, Trait>>

/**
 * A class that can be configured: `c.<name>.<trait>`.
 *
 * @typeParam N - its name
 * @typeParam T - its traits, inherited ones included
 */
export interface Configurable<N extends string = string, T extends TraitMap = TraitMap> {
  readonly name: N
  readonly help: string
  readonly parent: Configurable | undefined
  /** Upstream's dotted names of the same class. */
  readonly aliases: readonly string[]
  /** Former names; their sections are merged into this class with a warning. */
  readonly formerNames: readonly string[]
  /** All traits, inherited ones included, with this class's own defaults. */
  readonly traits: T
  /** Names of the traits declared by this class itself. */
  readonly own: ReadonlySet<string>
  /** Names of inherited traits that have another default here. */
  readonly overridden: ReadonlySet<string>
  /** Values of inherited traits that cannot be set here. */
  readonly fixed: Readonly<Record<string, unknown>>
  /** Names that are no longer supported, with a sentence on what to do; setting them gives a warning. */
  readonly removed: Readonly<Record<string, string>>
}

export type TraitsOf<C> = C extends Configurable<string, infer T> ? T : never

/** What a program gets: a value for every trait, inherited ones included. */
export type ValuesOf<C> = { [K in keyof TraitsOf<C>]: TraitsOf<C>[K] extends Trait<infer V, infer _I> ? V : never }

/** What may be given for some of the traits. */
export type InputsOf<C> = { [K in keyof TraitsOf<C>]?: TraitsOf<C>[K] extends Trait<infer _V, infer I> ? I : never }

type DefaultsFor<T> = { readonly [K in keyof T]?: T[K] extends Trait<infer _V, infer I> ? Default<I> : never }
type FixedFor<T> = { readonly [K in keyof T]?: T[K] extends Trait<infer V, infer _I> ? V : never }

export interface ConfigurableOptions<N extends string, P extends TraitMap, O extends TraitMap> {
  readonly name: N
  readonly help: string
  readonly parent?: Configurable<string, P>
  readonly aliases?: readonly string[]
  readonly formerNames?: readonly string[]
  readonly traits: O
  /** Other defaults for inherited traits. */
  readonly defaults?: DefaultsFor<P>
  /** Inherited traits that always have this value here. */
  readonly fixed?: FixedFor<P>
  readonly removed?: Readonly<Record<string, string>>
}

// Without a parent there are no inherited traits.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
type NoTraits = {}

/** Declares a configurable class. Everything else (loading, help, generated files, reference) follows from it. */
export function defineConfigurable<const N extends string, O extends TraitMap, P extends TraitMap = NoTraits>(
  options: ConfigurableOptions<N, P, O>,
): Configurable<N, Omit<P, keyof O> & O> {
  const { parent } = options
  const overrides: Readonly<Record<string, unknown>> = options.defaults ?? {}
  const inherited = Object.entries(parent?.traits ?? {}).map(([name, trait]): [string, Trait] => [
    name,
    // `defaultText` described the default that is replaced.
    Object.hasOwn(overrides, name) ? { ...withoutDefaultText(trait), default: overrides[name] } : trait,
  ])
  return {
    name: options.name,
    help: options.help,
    parent,
    aliases: options.aliases ?? [],
    formerNames: options.formerNames ?? [],
    // The inherited traits with the own ones laid over them: what the return type says.
    traits: { ...Object.fromEntries(inherited), ...options.traits } as Omit<P, keyof O> & O,
    own: new Set(Object.keys(options.traits)),
    overridden: new Set(Object.keys(overrides)),
    fixed: { ...parent?.fixed, ...options.fixed },
    removed: { ...parent?.removed, ...options.removed },
  }
}

function withoutDefaultText(trait: Trait): Trait {
  const { defaultText: _replaced, ...rest } = trait
  return rest
}

/** The class and its parents, the class itself first. */
export function lineage(configurable: Configurable): readonly Configurable[] {
  return configurable.parent === undefined ? [configurable] : [configurable, ...lineage(configurable.parent)]
}
