import { access } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { configError } from '../config-error.js'
import type { Setting } from '../setting.js'
import type { FileContent, FileRequest } from './config-file.js'
import { readJson, readYaml } from './data.js'
import { readModule } from './module.js'
import { readPython } from './python.js'

const PROGRAM_READERS: Readonly<Record<string, (request: FileRequest) => Promise<FileContent>>> = {
  '.py': readPython,
  '.ts': readModule,
  '.mts': readModule,
  '.js': readModule,
  '.mjs': readModule,
  '.cjs': readModule,
}
const READERS: typeof PROGRAM_READERS = { ...PROGRAM_READERS, '.json': readJson, '.yaml': readYaml, '.yml': readYaml }

/** Extensions of configuration files, in the order in which they are looked for. */
export const CONFIG_EXTENSIONS = Object.keys(READERS)

export interface FileChoice {
  /** As the user named it, or the usual name without extension where nothing was named. */
  readonly name: string
  readonly search: 'named' | 'if there' | 'by stem'
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
}

/** What all files of one configuration say, each file a layer; later layers count more. */
export interface ReadConfig {
  readonly layers: readonly (readonly Setting[])[]
  readonly files: readonly string[]
  readonly warnings: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the configuration file, and the JSON file of the same stem beside a program.
 *
 * @throws ConfigError
 */
export async function readConfig(choice: FileChoice): Promise<ReadConfig> {
  const chosen = await choose(choice)
  if (chosen === undefined) return { layers: [], files: [], warnings: [], env: choice.env }
  const main = await readOne(chosen.name, choice, choice.env)
  const env = { ...choice.env, ...main.env }
  const files = [chosen.name, ...(main.alsoRead ?? [])]
  const warnings = [...chosen.warnings, ...(main.warnings ?? [])]
  const extension = extname(chosen.name)
  const beside = `${chosen.name.slice(0, -extension.length)}.json`
  if (!Object.hasOwn(PROGRAM_READERS, extension) || !(await exists(resolve(choice.cwd, beside)))) {
    return { layers: [main.settings], files, warnings, env }
  }
  const json = await readOne(beside, choice, env)
  const collisions = collidingNames(main.settings, json.settings)
  if (collisions.length > 0) {
    warnings.push(`Collisions between ${chosen.name} and ${beside}, where ${beside} counts: ${collisions.join(', ')}`)
  }
  return { layers: [main.settings, json.settings], files: [...files, beside], warnings, env }
}

async function choose({ name, search, cwd }: FileChoice): Promise<{ name: string; warnings: string[] } | undefined> {
  if (search !== 'by stem') {
    if (await exists(resolve(cwd, name))) return { name, warnings: [] }
    if (search === 'if there') return undefined
    throw configError('config_file_missing', `The configuration file ${name} does not exist.`, { file: name })
  }
  const candidates = CONFIG_EXTENSIONS.map((extension) => `${name}${extension}`)
  const present = await Promise.all(candidates.map((candidate) => exists(join(cwd, candidate))))
  const [found, ...others] = candidates.filter((_candidate, index) => present[index])
  if (found === undefined) return undefined
  // The JSON file beside a program is read with it.
  const besideProgram = Object.hasOwn(PROGRAM_READERS, extname(found)) ? [`${name}.json`] : []
  const ignored = others.filter((other) => !besideProgram.includes(other))
  return { name: found, warnings: ignored.map((other) => `${other} is ignored, because ${found} is there, too`) }
}

async function readOne(name: string, choice: FileChoice, env: FileRequest['env']): Promise<FileContent> {
  const read = READERS[extname(name)]
  if (read === undefined) {
    throw configError(
      'config_file_form',
      `${name}: a configuration file ends in ${CONFIG_EXTENSIONS.slice(0, -1).join(', ')} or ${CONFIG_EXTENSIONS.at(-1)}.`,
      { file: name },
    )
  }
  const { cwd, timeoutMs } = choice
  try {
    return await read({ path: resolve(cwd, name), shown: name, cwd, env, timeoutMs })
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw configError('config_file_failed', `${name} cannot be read: ${error.message}`, { file: name }, error)
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function collidingNames(left: readonly Setting[], right: readonly Setting[]): string[] {
  const nameOf = ({ section, trait }: Setting): string => `${section}.${trait}`
  const names = new Set(left.map(nameOf))
  return [...new Set(right.map(nameOf).filter((name) => names.has(name)))]
}
