import type { ClassRegistry, PluginClass } from '@hub/config'

export interface PluginName {
  /** Upstream's dotted name of a built-in class, the bare name of any other. */
  readonly class: string
  readonly version: string
}

/** What the hub says about a plug-in it was configured with. */
export function pluginName(registry: ClassRegistry, plugin: PluginClass, version: string): PluginName {
  // A class of the administrator's own inherits its configurable, and is not the built-in one for that.
  const own = Object.hasOwn(plugin, 'configurable') ? plugin.configurable : undefined
  const found = Object.entries(registry.names).find(
    ([name, named]) => name.includes('.') && (named === plugin || (own !== undefined && named.configurable === own)),
  )
  return found === undefined ? { class: plugin.name, version: 'unknown' } : { class: found[0], version }
}
