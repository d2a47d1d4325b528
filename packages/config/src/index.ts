export { ConfigError, configError, configErrorCodes, type ConfigErrorCode, type ConfigProblem } from './config-error.js'
export { MASK, Secret } from './secret.js'
export {
  type Default,
  type DefaultContext,
  type Deprecation,
  type NullableTraitOptions,
  trait,
  type Trait,
  type TraitOptions,
  type TraitValues,
} from './trait.js'
export { kind } from './kinds/index.js'
export type { Kind } from './kinds/kind.js'
export type { AnyFunction } from './kinds/other.js'
export {
  type Configurable,
  type ConfigurableOptions,
  defineConfigurable,
  type InputsOf,
  lineage,
  type TraitMap,
  type TraitsOf,
  type ValuesOf,
} from './configurable.js'
export type { ClassRegistry, LazyClass, PluginClass } from './registry.js'
export type { Source } from './setting.js'
export type { Surroundings } from './resolve.js'
export { checkValue, valuesWith } from './values.js'
export { type CommandLine, type CommandLineTables, type FlagDefinition, parseCommandLine } from './command-line.js'
export type { ConfigObject } from './config-object.js'
export { loadConfig, type LoadOptions } from './load.js'
export type { Explanation, LoadedConfig, SetValues } from './loaded-config.js'
export { nearestName } from './nearest-name.js'
export { generateConfig } from './generate/config-file.js'
export { writeConfigFile, type WriteRequest } from './generate/write-config-file.js'
export { helpAll, type HelpRequest, helpText, usageText } from './generate/help.js'
export { showConfig } from './generate/show-config.js'
export { settingsReference } from './generate/reference.js'
