import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The files that the admin panel was built into. Their names change with their content. */
export interface PanelFiles {
  readonly directory: string
  /** Paths below the static files. */
  readonly script: string
  /** What the script loads in any case. */
  readonly preloads: readonly string[]
  readonly styles: readonly string[]
}

/** Where the panel's files are found below the static files. */
export const panelPath = 'admin'

interface ManifestEntry {
  readonly file: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
}

const entryName = 'src/start.ts'
const mainName = 'src/main.tsx'

/** @returns undefined if the panel is not installed, or not built */
export async function findPanel(): Promise<PanelFiles | undefined> {
  try {
    const directory = join(dirname(createRequire(import.meta.url).resolve('@hub/admin-panel/package.json')), 'dist')
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as Record<
      string,
      ManifestEntry | undefined
    >
    const entry = manifest[entryName]
    const main = manifest[mainName]
    if (entry === undefined || main === undefined) return undefined
    const below = (file: string): string => `${panelPath}/${file}`
    const imported = [...(entry.imports ?? []), ...(main.imports ?? [])]
    const preloads = new Set([main.file, ...imported.flatMap((name) => manifest[name]?.file ?? [])])
    preloads.delete(entry.file)
    return {
      directory,
      script: below(entry.file),
      preloads: [...preloads].map(below),
      styles: (entry.css ?? []).map(below),
    }
  } catch {
    return undefined
  }
}
