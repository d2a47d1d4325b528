import { type Configurable, lineage } from './configurable.js'
import { editDistance, nearestName } from './nearest-name.js'
import type { ClassRegistry, LazyClass, PluginClass } from './registry.js'
import type { Trait } from './trait.js'

/** What a written name stands for. */
export type Meaning =
  | { readonly is: 'option'; readonly configurable: Configurable; readonly trait: Trait; readonly warning?: string }
  | { readonly is: 'fixed'; readonly configurable: Configurable; readonly value: unknown }
  | { readonly is: 'removed'; readonly advice: string }
  | { readonly is: 'unknown option'; readonly suggestion: string | undefined }
  | { readonly is: 'unknown class'; readonly suggestion: string | undefined }

/** The names a configuration may use. */
export class Vocabulary {
  readonly #classes = new Map<string, Configurable>()
  readonly #formerNames = new Map<string, Configurable>()

  constructor(
    classes: readonly Configurable[],
    registries: readonly ClassRegistry[],
    readonly removed: Readonly<Record<string, string>>,
  ) {
    for (const configurable of classes) this.add(configurable)
    for (const { names } of registries) {
      for (const entry of Object.values(names)) this.addClass(entry)
    }
  }

  get classes(): readonly Configurable[] {
    return [...this.#classes.values()]
  }

  add(configurable: Configurable): void {
    for (const ancestor of lineage(configurable)) {
      if (!this.#classes.has(ancestor.name)) this.#classes.set(ancestor.name, ancestor)
      for (const former of ancestor.formerNames) this.#formerNames.set(former, ancestor)
    }
  }

  addClass(entry: PluginClass | LazyClass): void {
    if (entry.configurable !== undefined) this.add(entry.configurable)
  }

  find(name: string): Configurable | undefined {
    return this.#classes.get(name)
  }

  meaning(section: string, name: string): Meaning {
    const advice = this.#removedAdvice(section, name)
    if (advice !== undefined) return { is: 'removed', advice }
    const successor = this.#formerNames.get(section)
    const configurable = this.#classes.get(section) ?? successor
    if (configurable === undefined) return { is: 'unknown class', suggestion: this.#nearestClass(section, name) }
    if (Object.hasOwn(configurable.fixed, name)) return { is: 'fixed', configurable, value: configurable.fixed[name] }
    const trait = Object.hasOwn(configurable.traits, name) ? configurable.traits[name] : undefined
    if (trait !== undefined) {
      if (this.#classes.has(section)) return { is: 'option', configurable, trait }
      return {
        is: 'option',
        configurable,
        trait,
        warning: `${section} is deprecated, use ${configurable.name} in its place`,
      }
    }
    const ownAdvice = Object.hasOwn(configurable.removed, name) ? configurable.removed[name] : undefined
    if (ownAdvice !== undefined) return { is: 'removed', advice: ownAdvice }
    return { is: 'unknown option', suggestion: this.#nearestOption(configurable, name) }
  }

  #removedAdvice(section: string, name: string): string | undefined {
    return [`${section}.${name}`, section]
      .filter((key) => Object.hasOwn(this.removed, key))
      .map((key) => this.removed[key])
      .at(0)
  }

  #nearestOption(configurable: Configurable, name: string): string | undefined {
    const names = Object.keys(configurable.traits).filter((known) => !Object.hasOwn(configurable.fixed, known))
    const near = nearestName(name, names)
    if (near !== undefined) return `${configurable.name}.${near}`
    // The right option on the wrong class.
    const elsewhere = this.classes.find((other) => other.own.has(name))
    return elsewhere === undefined ? undefined : `${elsewhere.name}.${name}`
  }

  #nearestClass(section: string, name: string): string | undefined {
    const candidates = this.classes
      .map((configurable) => ({
        configurable,
        distance: editDistance(section.toLowerCase(), configurable.name.toLowerCase()),
        // Of two classes alike, the one that has the option was meant.
        has: Object.hasOwn(configurable.traits, name),
      }))
      .filter(({ distance }) => distance <= Math.max(1, Math.floor(section.length / 3)))
      .sort((left, right) => Number(right.has) - Number(left.has) || left.distance - right.distance)
    const best = candidates[0]
    return best === undefined ? undefined : `${best.configurable.name}.${name}`
  }
}
