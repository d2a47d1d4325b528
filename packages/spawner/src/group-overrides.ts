import type { GroupOverride } from './spawner-config.js'
import { setOption } from './set-option.js'
import type { Spawner } from './spawner.js'

/** Applies the `group_overrides` of the user's groups, in the order of their labels. */
export async function applyGroupOverrides(spawner: Spawner): Promise<void> {
  const configured = spawner.config.group_overrides
  const overrides = typeof configured === 'function' ? await configured(spawner) : configured
  const groups = new Set(spawner.user.groups)
  for (const [label, override] of Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!override.groups.some((group) => groups.has(group))) continue
    await applyOne(spawner, label, override)
  }
}

async function applyOne(spawner: Spawner, label: string, override: GroupOverride): Promise<void> {
  const values = override.spawner_override
  spawner.log.info('applying group override', { label, user: spawner.user.name, options: Object.keys(values) })
  for (const [option, given] of Object.entries(values)) {
    const current: unknown = Object.hasOwn(spawner.config, option)
      ? spawner.config[option as keyof typeof spawner.config]
      : undefined
    const trait = spawner.configurable.traits[option]
    // An option that is a function itself (a hook) is not called to get its value.
    const computed = typeof given === 'function' && trait?.kind.word !== 'callable'
    // Anything that stands in place of a value is a function of the spawner.
    const value: unknown = computed ? await (given as (spawner: Spawner) => unknown)(spawner) : given
    if (!setOption(spawner, option, mergeDeep(current, value), 'value')) {
      spawner.log.error('group override names an option that the spawner does not have', { label, option })
    }
  }
}

/** Objects are merged key by key, where null deletes; everything else is replaced. */
export function mergeDeep(current: unknown, given: unknown): unknown {
  if (!isObject(current) || !isObject(given)) return given
  const merged: Record<string, unknown> = { ...current }
  for (const [key, value] of Object.entries(given)) {
    if (value === null) delete merged[key]
    else
      Object.defineProperty(merged, key, {
        value: mergeDeep(merged[key], value),
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
