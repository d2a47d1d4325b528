import { createRequire } from 'node:module'
import { access, readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { configError } from './config-error.js'
import { defaultExport } from './default-export.js'
import { importFile } from './import-file.js'
import { isPlainObject } from './kinds/copy.js'
import type { Importer } from './kinds/kind.js'
import { nearestName } from './nearest-name.js'
import { type ClassRegistry, findEntry, isLazy } from './registry.js'

/** Finds classes by registered name, upstream's dotted name, module path or package; functions by `module#export`. */
export class ClassFinder implements Importer {
  /** @param directory - what relative paths and packages are looked up from: where the configuration is */
  constructor(
    readonly registries: readonly ClassRegistry[],
    readonly directory: string,
  ) {}

  async classNamed(registryKind: string, name: string): Promise<unknown> {
    const registry = this.registries.find(({ kind }) => kind === registryKind)
    const entry = registry === undefined ? undefined : findEntry(registry, name)
    if (entry !== undefined) return isLazy(entry) ? entry.load() : entry
    const found = await this.#imported(name)
    if (typeof found === 'function') return found
    throw notFound(registryKind, name, registry, found)
  }

  async functionAt(reference: string): Promise<unknown> {
    const found = await this.#imported(reference)
    if (typeof found === 'function') return found
    const why = found === undefined ? 'there is no such module' : 'it exports no function of that name'
    throw configError('config_class_not_found', `${reference} cannot be used: ${why}.`, { value: reference })
  }

  /** @returns undefined when there is no such module, null when it lacks the export */
  async #imported(reference: string): Promise<unknown> {
    const [specifier = '', exportName] = reference.split('#', 2)
    const path = await this.#locate(specifier)
    if (path === undefined) return undefined
    const module = await importModule(path, reference)
    if (exportName === undefined) return defaultExport(module) ?? null
    return exported(module, exportName) ?? exported(defaultExport(module), exportName) ?? null
  }

  async #locate(specifier: string): Promise<string | undefined> {
    if (/^\.{0,2}\//.test(specifier) || isAbsolute(specifier) || /\.[cm]?[jt]s$/.test(specifier)) {
      const path = resolve(this.directory, specifier)
      return (await exists(path)) ? path : undefined
    }
    if (!PACKAGE_NAME.test(specifier)) return undefined
    try {
      return createRequire(join(this.directory, 'config.js')).resolve(specifier)
    } catch {
      return this.#locateModulePackage(specifier)
    }
  }

  /** Packages that only `import` can reach are hidden from `require.resolve`. */
  async #locateModulePackage(name: string): Promise<string | undefined> {
    for (let folder = this.directory; ; folder = dirname(folder)) {
      const root = join(folder, 'node_modules', name)
      const manifest = await readFile(join(root, 'package.json'), 'utf8').catch(() => undefined)
      if (manifest !== undefined) {
        const entry = importEntry(JSON.parse(manifest))
        return entry === undefined ? undefined : join(root, entry)
      }
      if (dirname(folder) === folder) return undefined
    }
  }
}

const PACKAGE_NAME = /^(?:@[a-z\d._-]+\/)?[a-z\d_-][a-z\d._-]*(?:\/[\w./-]+)?$/i

function exported(module: unknown, name: string): unknown {
  // A module's namespace or a CommonJS exports object: read by name.
  return (typeof module === 'object' || typeof module === 'function') && module !== null
    ? (module as Record<string, unknown>)[name]
    : undefined
}

/** The file that `import` of the package gives, as its `exports` say. */
function importEntry(manifest: unknown): string | undefined {
  if (!isPlainObject(manifest)) return undefined
  const { exports } = manifest
  const main = isPlainObject(exports) && '.' in exports ? exports['.'] : exports
  return conditionalEntry(main)
}

function conditionalEntry(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry
  if (!isPlainObject(entry)) return undefined
  const [first] = Object.entries(entry).filter(([condition]) => ['node', 'import', 'default'].includes(condition))
  return first === undefined ? undefined : conditionalEntry(first[1])
}

function notFound(kind: string, name: string, registry: ClassRegistry | undefined, found: unknown): Error {
  const names = Object.keys(registry?.names ?? {})
  const suggestion = nearestName(name, names)
  const short = names.filter((known) => !known.includes('.'))
  const problem = found === undefined ? `there is no ${kind} class of that name` : 'the module exports no class there'
  const hint =
    suggestion === undefined
      ? `Known names: ${short.join(', ')}; or 'module.mjs#Class'`
      : `Did you mean '${suggestion}'?`
  return configError('config_class_not_found', `${problem}. ${hint}`, {
    value: name,
    ...(suggestion === undefined ? {} : { suggestion }),
  })
}

async function importModule(path: string, reference: string): Promise<unknown> {
  try {
    return await importFile(path)
  } catch (error) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw configError(
      'config_class_not_found',
      `${reference} cannot be imported:\n${trace}`,
      { value: reference },
      error,
    )
  }
}

async function exists(path: string): Promise<boolean> {
  return access(pathToFileURL(path)).then(
    () => true,
    () => false,
  )
}
