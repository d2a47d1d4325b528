import { problemFrom, checkedValue } from './check-settings.js'
import { configError, ConfigError } from './config-error.js'
import type { Configurable, InputsOf, ValuesOf } from './configurable.js'
import { checkTrait, Resolver, type Surroundings } from './resolve.js'
import { type ClassRegistry, registeredClass } from './registry.js'
import type { Setting } from './setting.js'
import type { Trait } from './trait.js'

/**
 * Values for direct use, without files or a command line: defaults, with some given.
 *
 * @throws ConfigError for a value of the wrong kind
 */
export function valuesWith<C extends Configurable>(
  configurable: C,
  given: InputsOf<C> = {},
  surroundings: {
    readonly env?: Surroundings['env']
    readonly cwd?: string
    readonly plugins?: readonly ClassRegistry[]
  } = {},
): ValuesOf<C> {
  const { env = {}, cwd = '/', plugins = [] } = surroundings
  const namedDefault = ({ kind, default: name }: Trait): unknown =>
    kind.registry === undefined || typeof name !== 'string' ? undefined : registeredClass(plugins, kind.registry, name)
  const settings = Object.entries(given).map(([name, value]): Setting => {
    checkValue(configurable, name, value)
    return programSetting(configurable, name, value)
  })
  return new Resolver(configurable, settings, { env, cwd, namedDefault }).values()
}

/**
 * Checks one value that does not come from the configuration itself, such as an override for a group of users.
 *
 * @returns the value as the program gets it
 * @throws ConfigError
 */
export function checkValue<C extends Configurable, K extends string & keyof ValuesOf<C>>(
  configurable: C,
  name: K,
  value: unknown,
): ValuesOf<C>[K]
export function checkValue(configurable: Configurable, name: string, value: unknown): unknown
export function checkValue(configurable: Configurable, name: string, value: unknown): unknown {
  const trait = configurable.traits[name]
  if (trait === undefined) {
    throw configError('config_unknown_option', `${configurable.name} has no option ${name}.`, { option: name })
  }
  try {
    return checkTrait(trait, checkedValue(trait, value))
  } catch (error) {
    const problem = problemFrom(error, programSetting(configurable, name, value), trait)
    throw problem === undefined ? error : new ConfigError([problem], { cause: error })
  }
}

function programSetting(configurable: Configurable, trait: string, value: unknown): Setting {
  return { section: configurable.name, trait, change: { op: 'assign', value }, source: { from: 'program' } }
}
