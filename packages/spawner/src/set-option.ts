import { checkValue } from '@hub/config'
import type { Spawner } from './spawner.js'

/** Whether text that is not a value of its option is read as on the command line. */
export type Reading = 'value' | 'text or value'

/**
 * Sets an option of this one spawner, checked as if it stood in the configuration.
 *
 * @returns false when the spawner has no such option
 * @throws ConfigError when the value is not of the option's kind
 */
export function setOption(spawner: Spawner, name: string, value: unknown, reading: Reading): boolean {
  if (!Object.hasOwn(spawner.configurable.traits, name)) return false
  // The configurable declares the option with this kind, so the config object has it with this type.
  Object.assign(spawner.config, { [name]: readValue(spawner, name, value, reading) })
  return true
}

function readValue(spawner: Spawner, name: string, value: unknown, reading: Reading): unknown {
  try {
    return checkValue(spawner.configurable, name, value)
  } catch (error) {
    if (reading === 'value' || typeof value !== 'string') throw error
    return checkValue(spawner.configurable, name, parsedText(spawner, name, value))
  }
}

function parsedText(spawner: Spawner, name: string, text: string): unknown {
  return spawner.configurable.traits[name]?.kind.parse([text], {
    env: {},
    // The text comes from a user: the hub's home is not theirs.
    expandTilde: false,
    homeOf: () => undefined,
    warn: (message) => spawner.log.debug(message, { option: name }),
  })
}
