import type { Configurable, ValuesOf } from './configurable.js'
import type { ClassRegistry } from './registry.js'
import type { Source } from './setting.js'

/** A flag of the command line that sets options: `--debug`. */
export interface FlagDefinition {
  /** Values by `Class.trait`. */
  readonly set: Readonly<Record<string, unknown>>
  readonly help: string
}

export interface LoadOptions {
  /** The command line without the program and without a subcommand. */
  readonly argv?: readonly string[]
  /** The classes that may be configured; their parents and the registries' classes come by themselves. */
  readonly classes: readonly Configurable[]
  readonly flags?: Readonly<Record<string, FlagDefinition>>
  /** `Class.trait` by the name of the short option: `{ f: 'JupyterHub.config_file' }`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Classes that `trait.classRef` options may name. */
  readonly plugins?: readonly ClassRegistry[]
  /** The file to read; null reads none. By default what `configFileTrait` says, else the first usual name that exists in `cwd`. */
  readonly configFile?: string | null
  /** Whether `configFile` was named by the user, so that it must exist. Default: true when `configFile` is given. */
  readonly explicitFile?: boolean
  /** The option that names the file on the command line. Default `JupyterHub.config_file`. */
  readonly configFileTrait?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `Class` or `Class.trait` that are known and not supported, with what to do instead; setting them gives a warning. */
  readonly removed?: Readonly<Record<string, string>>
  /** What an unknown class or option is. Default `error`. */
  readonly unknownNames?: 'error' | 'warn'
  /** How many words that are no options may stand on the command line. Default 0. */
  readonly maxPositionals?: number
  /** How long a configuration file may take, in milliseconds. Default one minute. */
  readonly timeoutMs?: number
}

/** What decided about a value. */
export interface Explanation {
  /** As it may be printed; secrets are masked. */
  readonly text: string
  readonly source: Source
  /** Settings that counted less, most important first. */
  readonly overruled: readonly { readonly section: string; readonly source: Source }[]
}

/** A configuration that was read and checked. */
export interface LoadedConfig {
  /** The files it was read from, in the order in which they were read. */
  readonly files: readonly string[]
  /** Sentences for the log: deprecated names, collisions. */
  readonly warnings: readonly string[]
  /** Words of the command line that are no options. */
  readonly positionals: readonly string[]
  /** `Class.trait` names that nobody knows; empty unless `unknownNames` is `warn`. */
  readonly unknown: ReadonlySet<string>
  /** The environment, with what a Python configuration changed in `os.environ`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** All configurable classes, those of imported plug-ins included. */
  readonly classes: readonly Configurable[]
  /** The values for a class: what was set on it, else on its parents, else the defaults. Fresh copies each time. */
  valuesOf<C extends Configurable>(configurable: C): ValuesOf<C>
  /** Whether a file or the command line set the trait (on the class or a parent). */
  isSet(configurable: Configurable, trait: string): boolean
  explain(configurable: Configurable, trait: string): Explanation
  /** What was set, by class and trait, in values that JSON can hold; secrets are masked. */
  toObject(): Record<string, Record<string, unknown>>
}
