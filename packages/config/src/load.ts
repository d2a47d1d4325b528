import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { problemFrom, checkedValue, checkSettings, type CheckRequest } from './check-settings.js'
import { ClassFinder } from './class-finder.js'
import { type CommandLine, type CommandLineTables, parseCommandLine } from './command-line.js'
import { ConfigError, type ConfigProblem } from './config-error.js'
import { type Configurable, lineage } from './configurable.js'
import { type FileChoice, readConfig } from './files/read-config.js'
import { CheckedConfig, type LoadedConfig } from './loaded-config.js'
import type { ClassRegistry } from './registry.js'
import type { Setting } from './setting.js'
import { Vocabulary } from './vocabulary.js'

export interface LoadOptions extends CommandLineTables {
  /** The command line without the program and without a subcommand. */
  readonly argv?: readonly string[]
  /** The classes that may be configured; their parents and the registries' classes come by themselves. */
  readonly classes: readonly Configurable[]
  /** Classes that `trait.classRef` options may name. */
  readonly plugins?: readonly ClassRegistry[]
  /** The file to read; null reads none. By default what `configFileTrait` says, else the first usual name in `cwd`. */
  readonly configFile?: string | null
  /** Whether the user named `configFile`, so that it must exist. Default true. */
  readonly explicitFile?: boolean
  /** First part of the names of files that are looked for in `cwd`. Default `jupyterhub_config`. */
  readonly usualName?: string
  /** The option that names the file on the command line. Default `JupyterHub.config_file`. */
  readonly configFileTrait?: string
  /** The option that asks for a default file: on the command line it keeps files from being read. Default `JupyterHub.generate_config`. */
  readonly generateTrait?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `Class` or `Class.trait` that are known and not supported, with what to do instead; setting them gives a warning. */
  readonly removed?: Readonly<Record<string, string>>
  /** What an unknown class or option is. Default `error`. */
  readonly unknownNames?: 'error' | 'warn'
  /** How long a configuration file may take, in milliseconds. Default one minute. */
  readonly timeoutMs?: number
}

const USUAL_NAME = 'jupyterhub_config'

/**
 * Reads the configuration file and the command line and checks every name and value.
 * Ask {@link parseCommandLine} first whether help or the version is wanted: this reads files all the same.
 *
 * @throws ConfigError that lists all problems found
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { cwd, plugins = [], unknownNames = 'error' } = options
  const commandLine = parseCommandLine(options.argv ?? [], options)
  const choice = chooseFile(options, commandLine)
  const read =
    choice === undefined ? { layers: [], files: [], warnings: [], env: options.env } : await readConfig(choice)
  const directory = read.files[0] === undefined ? cwd : dirname(resolve(cwd, read.files[0]))
  const vocabulary = new Vocabulary(options.classes, plugins, options.removed ?? {})
  const importer = new ClassFinder(plugins, directory)
  const layers = [...read.layers, commandLine.settings]
  await meetPlugins(layers.flat(), vocabulary, importer)

  const warnings = [...read.warnings]
  const problems: ConfigProblem[] = []
  const unknown = new Set<string>()
  const request: Omit<CheckRequest, 'settings'> = {
    vocabulary,
    importer,
    parse: { env: read.env, homeOf: await homeFinder(commandLine.settings) },
    unknownNames,
    warn: (message) => void warnings.push(message),
    refuse: (problem) => void problems.push(problem),
    onUnknown: (name) => void unknown.add(name),
  }
  const settings: Setting[] = []
  for (const layer of layers) settings.push(...(await checkSettings({ ...request, settings: layer })))
  throwIfAny(problems)

  warnings.push(...overruledOnCommandLine(settings, vocabulary))
  const { files, env } = read
  const { positionals } = commandLine
  const loaded = new CheckedConfig({ files, warnings, positionals, unknown, env, settings, vocabulary, cwd })
  checkChanges(loaded)
  await nameDefaultClasses(loaded, importer)
  return loaded
}

/** A default such as 'pam' is a name still; it is imported only where nothing else was set. */
async function nameDefaultClasses(loaded: CheckedConfig, importer: ClassFinder): Promise<void> {
  for (const configurable of loaded.classes) {
    for (const [name, trait] of Object.entries(configurable.traits)) {
      if (trait.kind.registry === undefined || typeof trait.default !== 'string' || loaded.isSet(configurable, name))
        continue
      loaded.namedDefaults.set(trait, await importer.classNamed(trait.kind.registry, trait.default))
    }
  }
}

function chooseFile(options: LoadOptions, commandLine: CommandLine): FileChoice | undefined {
  const { configFile, explicitFile = true, cwd, env } = options
  const { configFileTrait = 'JupyterHub.config_file', generateTrait = 'JupyterHub.generate_config' } = options
  const how = { cwd, env, timeoutMs: options.timeoutMs ?? 60_000 }
  // The file that is to be written need not be there yet, nor be right.
  if (configFile === null || /^(?:1|true)$/i.test(typed(commandLine, generateTrait) ?? '')) return undefined
  if (configFile !== undefined) return { ...how, name: configFile, search: explicitFile ? 'named' : 'if there' }
  const named = typed(commandLine, configFileTrait)
  if (named === undefined) return { ...how, name: options.usualName ?? USUAL_NAME, search: 'by stem' }
  const name = named.replace(/^~(?=\/)/, env['HOME'] ?? '~')
  return name === '' ? undefined : { ...how, name, search: 'named' }
}

/** What the command line says about an option, as text. */
function typed({ settings }: CommandLine, option: string): string | undefined {
  const change = settings.find(({ section, trait }) => `${section}.${trait}` === option)?.change
  return change?.op === 'texts' ? change.texts.at(-1) : change?.op === 'assign' ? String(change.value) : undefined
}

/** Imports the classes that options name, because they may bring options of their own. */
async function meetPlugins(settings: readonly Setting[], vocabulary: Vocabulary, importer: ClassFinder): Promise<void> {
  for (const { section, trait: name, change } of settings) {
    const meaning = vocabulary.meaning(section, name)
    if (meaning.is !== 'option' || meaning.trait.kind.word !== 'class' || meaning.trait.kind.resolve === undefined)
      continue
    const named = change.op === 'assign' ? change.value : change.op === 'texts' ? change.texts.at(-1) : undefined
    // A name that leads nowhere is reported when the setting is checked.
    const found: unknown = await meaning.trait.kind.resolve?.(named, importer).catch(() => undefined)
    if (isConfigured(found)) vocabulary.add(found.configurable)
  }
}

function isConfigured(value: unknown): value is { readonly configurable: Configurable } {
  if (typeof value !== 'function' || !('configurable' in value)) return false
  const { configurable } = value
  return typeof configurable === 'object' && configurable !== null && 'traits' in configurable && 'own' in configurable
}

/** Reads the accounts only when a `~name` stands on the command line. */
async function homeFinder(settings: readonly Setting[]): Promise<(user: string) => string | undefined> {
  const asks = settings.some(({ change }) => change.op === 'texts' && change.texts.some((text) => /~[^/]/.test(text)))
  const accounts = asks ? await readFile('/etc/passwd', 'utf8').catch(() => '') : ''
  const homes = new Map(
    accounts.split('\n').map((line): [string, string | undefined] => {
      const [user = '', , , , , home] = line.split(':')
      return [user, home]
    }),
  )
  return (user) => homes.get(user)
}

/** The most specific class has the last word, even over the command line; that surprises, so it is said. */
function overruledOnCommandLine(settings: readonly Setting[], vocabulary: Vocabulary): string[] {
  const onCommandLine = settings.filter(({ source }) => source.from === 'command line')
  return onCommandLine.flatMap((setting) =>
    settings
      .filter(({ section, trait, source }) => {
        if (trait !== setting.trait || section === setting.section || source.from !== 'file') return false
        const specific = vocabulary.find(section)
        return specific !== undefined && lineage(specific).some(({ name }) => name === setting.section)
      })
      .map(
        ({ section, trait }) =>
          `${setting.section}.${trait} on the command line does not reach ${section}, for which the file sets ${section}.${trait}`,
      ),
  )
}

/** Lists, sets and dicts that a file adds to can only be checked once all settings are there. */
function checkChanges(loaded: CheckedConfig): void {
  const problems: ConfigProblem[] = []
  for (const setting of loaded.parts.settings) {
    if (setting.change.op === 'assign') continue
    const configurable = loaded.parts.vocabulary.find(setting.section)
    const trait = configurable?.traits[setting.trait]
    if (configurable === undefined || trait === undefined) continue
    try {
      checkedValue(trait, loaded.resolverOf(configurable).value(setting.trait))
    } catch (error) {
      const problem = problemFrom(error, setting, trait)
      if (problem === undefined) throw error
      problems.push(problem)
    }
  }
  throwIfAny(problems)
}

function throwIfAny([first, ...others]: readonly ConfigProblem[]): void {
  if (first !== undefined) throw new ConfigError([first, ...others])
}
