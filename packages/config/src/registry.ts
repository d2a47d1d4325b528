import type { Configurable } from './configurable.js'

/** A class a configuration may name. If it can be configured it says so in a static `configurable`. */
// `never` parameters accept every constructor; abstract bases may be registered too.
export type PluginClass = (abstract new (...args: never[]) => unknown) & { readonly configurable?: Configurable }

/** A registered class that is imported only when it is named. */
export interface LazyClass {
  readonly load: () => Promise<PluginClass>
  /** Its options can be set, documented and checked without importing it. */
  readonly configurable?: Configurable
}

/** The classes that `trait.classRef(kind)` options may name. */
export interface ClassRegistry {
  /** `spawner`, `authenticator`, `proxy`… */
  readonly kind: string
  /** Short names and dotted upstream names; a class is also found by its configurable's name and aliases. */
  readonly names: Readonly<Record<string, PluginClass | LazyClass>>
}

/** The entry a name stands for: its key, or the name or an alias of its configurable. */
export function findEntry(registry: ClassRegistry, name: string): PluginClass | LazyClass | undefined {
  if (Object.hasOwn(registry.names, name)) return registry.names[name]
  return Object.values(registry.names).find(
    ({ configurable }) => configurable?.name === name || configurable?.aliases.includes(name) === true,
  )
}

export function isLazy(entry: PluginClass | LazyClass): entry is LazyClass {
  return typeof entry !== 'function'
}

/** @returns the class of that name, if it is there without an import */
export function registeredClass(
  registries: readonly ClassRegistry[],
  kind: string,
  name: string,
): PluginClass | undefined {
  const registry = registries.find((candidate) => candidate.kind === kind)
  const entry = registry === undefined ? undefined : findEntry(registry, name)
  return entry === undefined || isLazy(entry) ? undefined : entry
}
