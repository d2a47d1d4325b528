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
