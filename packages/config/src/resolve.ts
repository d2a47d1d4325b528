import { applyChange } from './change.js'
import { type Configurable, lineage, type ValuesOf } from './configurable.js'
import { deepCopy } from './kinds/copy.js'
import { KindMismatch } from './kinds/kind.js'
import type { Setting, Source } from './setting.js'
import type { DefaultContext, Trait, TraitValues } from './trait.js'

/** Where defaults are computed. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The class that a default names, for traits that are classes. */
  namedDefault?(trait: Trait): unknown
}

/** Reads the values of one class out of settings that were checked. */
export class Resolver<C extends Configurable = Configurable> {
  readonly #memo = new Map<string, unknown>()
  readonly #computing = new Set<string>()

  constructor(
    readonly configurable: C,
    /** In the order in which they count. */
    readonly settings: readonly Setting[],
    readonly surroundings: Surroundings,
  ) {}

  values(): ValuesOf<C> {
    const names = Object.keys(this.configurable.traits)
    // One value per trait, each checked by that trait's kind: what ValuesOf says.
    return Object.fromEntries(names.map((name) => [name, deepCopy(this.value(name))])) as ValuesOf<C>
  }

  value(name: string): unknown {
    if (!this.#memo.has(name)) this.#memo.set(name, this.#compute(name))
    return this.#memo.get(name)
  }

  isSet(name: string): boolean {
    return this.settingsOf(name).length > 0
  }

  /** All that was said about a trait: parents first, so that the most specific class has the last word. */
  settingsOf(name: string): readonly Setting[] {
    return lineage(this.configurable)
      .toReversed()
      .flatMap((ancestor) => this.settings.filter(({ section, trait }) => section === ancestor.name && trait === name))
  }

  /** The setting that decides; changes of a container count as deciding. */
  source(name: string): Source {
    return this.settingsOf(name).at(-1)?.source ?? { from: 'default' }
  }

  #compute(name: string): unknown {
    const trait = this.configurable.traits[name]
    if (trait === undefined) throw new Error(`${this.configurable.name} has no trait ${name}`)
    if (Object.hasOwn(this.configurable.fixed, name)) return this.configurable.fixed[name]
    if (trait.aliasOf !== undefined) return this.value(trait.aliasOf)
    const settings = this.settingsOf(name)
    const lastAssignment = settings.findLastIndex(({ change }) => change.op === 'assign')
    const initial = lastAssignment < 0 ? this.#default(name, trait) : undefined
    return settings
      .slice(Math.max(lastAssignment, 0))
      .reduce((before, { change }) => checkTrait(trait, applyChange(before, change)), initial)
  }

  #default(name: string, trait: Trait): unknown {
    const fallback = typeof trait.default === 'function' ? this.#computedDefault(name, trait.default) : trait.default
    try {
      return checkTrait(trait, this.surroundings.namedDefault?.(trait) ?? fallback)
    } catch (error) {
      if (!(error instanceof KindMismatch)) throw error
      // Not the fault of whoever wrote the configuration.
      throw new Error(`the default of ${this.configurable.name}.${name} is not ${error.expected}`, { cause: error })
    }
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- narrowed from unknown, which gives no better
  #computedDefault(name: string, from: Function): unknown {
    if (this.#computing.has(name)) throw new Error(`the default of ${this.configurable.name}.${name} depends on itself`)
    this.#computing.add(name)
    try {
      // A function as default is always `Default`'s second form.
      const compute = from as (values: TraitValues, context: DefaultContext) => unknown
      return compute(this.#reader(), { ...this.surroundings, isSet: (other) => this.isSet(other) })
    } finally {
      this.#computing.delete(name)
    }
  }

  #reader(): TraitValues {
    return new Proxy<Record<string, unknown>>(
      {},
      { get: (_target, name) => (typeof name === 'string' ? deepCopy(this.value(name)) : undefined) },
    )
  }
}

/**
 * @returns the value as the program gets it
 * @throws KindMismatch
 */
export function checkTrait(trait: Trait, value: unknown): unknown {
  if (value === null && trait.nullable) return null
  return trait.kind.check(value)
}
