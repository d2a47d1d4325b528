import type { Change } from './change.js'
import type { Configurable, ValuesOf } from './configurable.js'
import { jsonValue, pythonRepr } from './format.js'
import { masked } from './mask.js'
import { Resolver } from './resolve.js'
import type { Setting, Source } from './setting.js'
import type { Trait } from './trait.js'
import type { Vocabulary } from './vocabulary.js'

/** What decided about a value. */
export interface Explanation {
  /** `Class.trait` of the class that was asked for. */
  readonly option: string
  /** The value as it may be printed; secrets are masked. */
  readonly text: string
  readonly source: Source
  /** Settings that counted less, most important first. */
  readonly overruled: readonly { readonly option: string; readonly source: Source }[]
}

/** A configuration that was read and checked. */
export interface LoadedConfig {
  /** The files it was read from, in the order in which they were read. */
  readonly files: readonly string[]
  /** Sentences for the log: deprecated names, collisions. */
  readonly warnings: readonly string[]
  /** Words of the command line that are no options. */
  readonly positionals: readonly string[]
  /** `Class.trait` names that nobody knows; empty unless `unknownNames` is `warn`. */
  readonly unknown: ReadonlySet<string>
  /** The environment, with what a Python configuration changed in `os.environ`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** All configurable classes, those of imported plug-ins included. */
  readonly classes: readonly Configurable[]
  /** The values for a class: what was set on it, else on its parents, else the defaults. Fresh copies each time. */
  valuesOf<C extends Configurable>(configurable: C): ValuesOf<C>
  /** Whether a file or the command line set the trait (on the class or a parent). */
  isSet(configurable: Configurable, trait: string): boolean
  explain(configurable: Configurable, trait: string): Explanation
  /** What was set, by class and trait, in values that JSON can hold; secrets are masked. */
  toObject(): Record<string, Record<string, unknown>>
  /** The same as values, sorted by class and trait. */
  setValues(): readonly SetValues[]
}

/** What was set on one class; secrets are masked. */
export interface SetValues {
  readonly section: string
  readonly traits: readonly { readonly trait: string; readonly value: unknown }[]
}

export interface LoadedParts extends Pick<LoadedConfig, 'files' | 'warnings' | 'positionals' | 'unknown' | 'env'> {
  /** Checked, in the order in which they count. */
  readonly settings: readonly Setting[]
  readonly vocabulary: Vocabulary
  readonly cwd: string
}

export class CheckedConfig implements LoadedConfig {
  readonly #resolvers = new Map<Configurable, Resolver>()
  /** Classes that defaults name. */
  readonly namedDefaults = new Map<Trait, unknown>()

  constructor(readonly parts: LoadedParts) {}

  get files(): readonly string[] {
    return this.parts.files
  }

  get warnings(): readonly string[] {
    return this.parts.warnings
  }

  get positionals(): readonly string[] {
    return this.parts.positionals
  }

  get unknown(): ReadonlySet<string> {
    return this.parts.unknown
  }

  get env(): LoadedConfig['env'] {
    return this.parts.env
  }

  get classes(): readonly Configurable[] {
    return this.parts.vocabulary.classes
  }

  valuesOf<C extends Configurable>(configurable: C): ValuesOf<C> {
    return this.resolverOf(configurable).values()
  }

  isSet(configurable: Configurable, trait: string): boolean {
    return this.resolverOf(configurable).isSet(trait)
  }

  explain(configurable: Configurable, trait: string): Explanation {
    const resolver = this.resolverOf(configurable)
    const [deciding, ...overruled] = resolver.settingsOf(trait).toReversed()
    const value = writtenValue(deciding?.change) ?? resolver.value(trait)
    return {
      option: `${configurable.name}.${trait}`,
      text: pythonRepr(masked(value, trait, configurable.traits[trait])),
      source: resolver.source(trait),
      overruled: overruled.map(({ section, source }) => ({ option: `${section}.${trait}`, source })),
    }
  }

  toObject(): Record<string, Record<string, unknown>> {
    return Object.fromEntries(
      this.setValues().map(({ section, traits }) => [
        section,
        Object.fromEntries(traits.map(({ trait, value }) => [trait, jsonValue(value)])),
      ]),
    )
  }

  setValues(): readonly SetValues[] {
    const sections = [...new Set(this.parts.settings.map(({ section }) => section))].sort(byCodeUnits)
    return sections.map((section) => {
      const traits = this.parts.settings.filter((setting) => setting.section === section).map(({ trait }) => trait)
      const names = [...new Set(traits)].sort(byCodeUnits)
      return { section, traits: names.map((trait) => ({ trait, value: this.#shown(section, trait) })) }
    })
  }

  resolverOf(configurable: Configurable): Resolver {
    const known = this.#resolvers.get(configurable)
    if (known !== undefined) return known
    const { env, cwd } = this.parts
    const namedDefault = (trait: Trait): unknown => this.namedDefaults.get(trait)
    const resolver = new Resolver(configurable, this.parts.settings, { env, cwd, namedDefault })
    this.#resolvers.set(configurable, resolver)
    return resolver
  }

  #shown(section: string, name: string): unknown {
    const configurable = this.parts.vocabulary.find(section)
    if (configurable === undefined) return undefined
    // What was written for this class itself, so that a class stays a name; containers show what became of them.
    const change = this.parts.settings.findLast(
      (setting) => setting.section === section && setting.trait === name,
    )?.change
    const value = writtenValue(change) ?? this.resolverOf(configurable).value(name)
    return masked(value, name, configurable.traits[name])
  }
}

function writtenValue(change: Change | undefined): unknown {
  return change?.op === 'assign' ? (change.written ?? change.value) : undefined
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
