import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lookup } from './jinja-environment.js'
import type { CompiledTemplate } from './nunjucks-internals.js'

export interface TemplateDirectories {
  /** Searched first to last, before the stock templates. */
  readonly custom: readonly string[]
  /** The templates the hub comes with; also reached as `templates/NAME`, so that a custom template can extend its namesake. */
  readonly stock: string
}

interface Entry {
  readonly lookup: Lookup
  /** Changes whenever another file, or another content, would be found. */
  readonly version: string
  readonly checkedAtMs: number
}

/** Templates by name, read when first needed and again once their file has changed. */
export class TemplateFiles {
  readonly #entries = new Map<string, Entry>()
  readonly #checks = new Map<string, Promise<void>>()

  constructor(
    private readonly directories: TemplateDirectories,
    private readonly compile: (source: string, path: string) => CompiledTemplate,
    private readonly nowMs: () => number,
    /** How long a file is trusted not to have changed. */
    private readonly recheckAfterMs: number,
  ) {}

  lookup(name: string): Lookup {
    return this.#entries.get(name)?.lookup ?? { kind: 'unknown' }
  }

  /** Makes the names known, with the content their files have now. */
  async refresh(names: Iterable<string>): Promise<void> {
    const due = [...names].filter((name) => {
      const entry = this.#entries.get(name)
      return entry === undefined || this.nowMs() - entry.checkedAtMs >= this.recheckAfterMs
    })
    await Promise.all(due.map((name) => this.#checkOnce(name)))
  }

  #checkOnce(name: string): Promise<void> {
    const running = this.#checks.get(name)
    if (running !== undefined) return running
    const check = this.#check(name).finally(() => this.#checks.delete(name))
    this.#checks.set(name, check)
    return check
  }

  async #check(name: string): Promise<void> {
    const checkedAtMs = this.nowMs()
    const file = await this.#find(name)
    const known = this.#entries.get(name)
    const version = file?.version ?? 'missing'
    const lookup = known?.version === version ? known.lookup : await this.#read(file?.path)
    this.#entries.set(name, { lookup, version, checkedAtMs })
  }

  async #find(name: string): Promise<{ readonly path: string; readonly version: string } | undefined> {
    for (const path of this.#candidates(name)) {
      try {
        const { mtimeMs, size, ino } = await stat(path)
        return { path, version: `${path} ${mtimeMs} ${size} ${ino}` }
      } catch {
        // Not there, or not for us to read: the next directory may have it.
      }
    }
    return undefined
  }

  #candidates(name: string): string[] {
    const segments = name.split('/')
    if (name === '' || name.includes('\0') || segments.some((segment) => segment === '..' || segment === '')) return []
    const stock = segments[0] === 'templates' ? [join(this.directories.stock, ...segments.slice(1))] : []
    return [
      ...stock,
      ...this.directories.custom.map((directory) => join(directory, name)),
      join(this.directories.stock, name),
    ]
  }

  async #read(path: string | undefined): Promise<Lookup> {
    if (path === undefined) return { kind: 'missing' }
    try {
      return { kind: 'template', template: this.compile(await readFile(path, 'utf8'), path) }
    } catch (cause) {
      return { kind: 'broken', error: new Error(`The template ${path} cannot be used${whereIn(cause)}.`, { cause }) }
    }
  }
}

/** Where nunjucks met the mistake, and what it was. */
function whereIn(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const line = 'lineno' in cause && typeof cause.lineno === 'number' ? ` (line ${cause.lineno})` : ''
  return `${line}: ${cause.message}`
}
