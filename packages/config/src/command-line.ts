import { configError } from './config-error.js'
import { masked } from './mask.js'
import { nearestName } from './nearest-name.js'
import type { Setting } from './setting.js'

/** A flag of the command line that sets options: `--debug`. */
export interface FlagDefinition {
  /** Values by `Class.trait`. */
  readonly set: Readonly<Record<string, unknown>>
  readonly help: string
}

/** What a command accepts besides `--Class.trait=value`. */
export interface CommandLineTables {
  readonly flags?: Readonly<Record<string, FlagDefinition>>
  /** `Class.trait` by the name of the short option: `{ f: 'JupyterHub.config_file' }`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** How many words that are no options may stand on the command line. Default 0. */
  readonly maxPositionals?: number
}

/** A command line that was understood; the values are still text. */
export interface CommandLine {
  readonly settings: readonly Setting[]
  readonly positionals: readonly string[]
  /** Which help was asked for: `-h` or `--help`, or `--help-all`. */
  readonly help: 'none' | 'short' | 'all'
  readonly version: boolean
}

/**
 * Understands a command line of flags, aliases, `--Class.trait=value` and `--Class.trait value`.
 * When help or the version is asked for, nothing else of it counts.
 *
 * @throws ConfigError with exit code 2 for unknown flags and missing values, 1 for the rest
 */
export function parseCommandLine(argv: readonly string[], tables: CommandLineTables = {}): CommandLine {
  const asked = askedFor(argv)
  if (asked.help !== 'none' || asked.version) return { settings: [], positionals: [], ...asked }
  const reader = new ArgumentReader(argv, tables)
  reader.readAll()
  const { maxPositionals = 0 } = tables
  if (reader.positionals.length > maxPositionals) {
    const stray = reader.positionals.slice(maxPositionals).join(' ')
    throw configError('config_stray_arguments', `Unrecognized command-line arguments: ${stray}`)
  }
  return { settings: reader.settings(), positionals: reader.positionals, ...asked }
}

function askedFor(argv: readonly string[]): Pick<CommandLine, 'help' | 'version'> {
  const end = argv.indexOf('--')
  const options = new Set(end < 0 ? argv : argv.slice(0, end))
  const short = options.has('-h') || options.has('--help')
  return { help: options.has('--help-all') ? 'all' : short ? 'short' : 'none', version: options.has('--version') }
}

const CLASS_TRAIT = /^([A-Za-z_]\w*)\.([^\s=]+)$/

class ArgumentReader {
  readonly positionals: string[] = []
  // One entry per option, so that a repeated option keeps all its texts; re-inserted at each use: the last counts most.
  readonly #given = new Map<string, Setting>()
  #next = 0

  constructor(
    readonly argv: readonly string[],
    readonly tables: CommandLineTables,
  ) {}

  settings(): readonly Setting[] {
    return [...this.#given.values()]
  }

  readAll(): void {
    for (;;) {
      const argument = this.argv[this.#next++]
      if (argument === undefined) return
      if (argument === '--') {
        this.positionals.push(...this.argv.slice(this.#next))
        return
      }
      if (argument.startsWith('--')) this.#long(argument)
      else if (argument.startsWith('-') && argument !== '-') this.#short(argument)
      else this.positionals.push(argument)
    }
  }

  #long(argument: string): void {
    const equals = argument.indexOf('=')
    const name = argument.slice(2, equals < 0 ? undefined : equals)
    const text = equals < 0 ? undefined : argument.slice(equals + 1)
    const flag = own(this.tables.flags, name)
    const target = own(this.tables.aliases, name) ?? (CLASS_TRAIT.test(name) ? name : undefined)
    if (flag !== undefined) {
      if (text !== undefined) throw configError('config_usage', `--${name} takes no value.`, { option: name })
      this.#raise(name, flag)
    } else if (target === undefined) {
      throw this.#unknown(name, text)
    } else {
      this.#give(target, `--${name}`, text ?? this.#value(`--${name}`))
    }
  }

  /** `-f value`, `-fvalue` or `-f=value`. */
  #short(argument: string): void {
    const name = argument.slice(1, 2)
    const target = own(this.tables.aliases, name)
    if (target === undefined) throw this.#unknown(argument.slice(1), undefined, '-')
    const attached = argument.slice(2).replace(/^=/, '')
    this.#give(target, `-${name}`, argument.length > 2 ? attached : this.#value(`-${name}`))
  }

  #value(option: string): string {
    const value = this.argv[this.#next]
    // Another option follows; a negative number is a value.
    if (value === undefined || (/^-./.test(value) && !/^-\.?\d/.test(value))) {
      throw configError('config_usage', `${option} needs a value: ${option}=VALUE.`, { option })
    }
    this.#next++
    return value
  }

  #give(target: string, option: string, text: string): void {
    const earlier = this.#given.get(target)?.change
    const texts = earlier?.op === 'texts' ? [...earlier.texts, text] : [text]
    this.#put(target, option, { op: 'texts', texts })
  }

  #raise(name: string, flag: FlagDefinition): void {
    for (const [target, value] of Object.entries(flag.set)) {
      this.#put(target, `--${name}`, { op: 'assign', value })
    }
  }

  #put(target: string, option: string, change: Setting['change']): void {
    const dot = target.indexOf('.')
    this.#given.delete(target)
    this.#given.set(target, {
      section: target.slice(0, dot),
      trait: target.slice(dot + 1),
      change,
      source: { from: 'command line', option },
    })
  }

  #unknown(name: string, text: string | undefined, dashes = '--'): Error {
    const names = [...Object.keys(this.tables.flags ?? {}), ...Object.keys(this.tables.aliases ?? {}), ...BUILT_IN]
    const near = nearestName(name, names)
    const suggestion = near === undefined ? undefined : near.length === 1 ? `-${near}` : `--${near}`
    const hint = suggestion === undefined ? 'See --help for the options there are.' : `Did you mean ${suggestion}?`
    const option = `${dashes}${name}`
    const more = { option, ...(suggestion === undefined ? {} : { suggestion }) }
    if (text === undefined) return configError('config_usage', `Unknown option ${option}. ${hint}`, more)
    const value = String(masked(text, name.replaceAll('-', '_'), undefined))
    return configError('config_unknown_option', `Unknown option ${option}=${value}. ${hint}`, { ...more, value })
  }
}

const BUILT_IN = ['help', 'help-all', 'version']

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}
