import type { Spawner } from './spawner.js'

/** Whether text that is not a value of its option is read as on the command line. */
export type Reading = 'value' | 'text or value'

/**
 * Sets an option of this one spawner, checked as if it stood in the configuration.
 *
 * @returns false when the spawner has no such option
 * @throws when the value is not of the option's kind
 */
export function setOption(spawner: Spawner, name: string, value: unknown, reading: Reading): boolean {
  const { traits } = spawner.configurable
  const trait = Object.hasOwn(traits, name) ? traits[name] : undefined
  if (trait === undefined) return false
  const checked = (candidate: unknown): unknown => {
    if (candidate === null && trait.nullable) return null
    const taken = trait.kind.check(candidate)
    const wrong = trait.validate?.(taken)
    if (wrong !== undefined) throw new TypeError(`Spawner.${name}: ${wrong}`)
    return taken
  }
  const parsed = (text: string): unknown =>
    checked(
      trait.kind.parse([text], {
        env: {},
        // The text comes from a user: the hub's home is not theirs.
        expandTilde: false,
        homeOf: () => undefined,
        warn: (message) => spawner.log.debug(message, { option: name }),
      }),
    )
  let taken: unknown
  try {
    taken = checked(value)
  } catch (error) {
    if (reading === 'value' || typeof value !== 'string') throw error
    taken = parsed(value)
  }
  // The configurable declares the option with this kind, so the config object has it with this type.
  Object.assign(spawner.config, { [name]: taken })
  return true
}
