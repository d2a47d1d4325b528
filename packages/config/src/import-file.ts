import { pathToFileURL } from 'node:url'
import { extname } from 'node:path'

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts'])

/** Imports a module by its absolute path; TypeScript is translated on the way. */
export async function importFile(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href
  if (!TYPESCRIPT.has(extname(path))) return import(url)
  // Hooks without a namespace, so that the file shares our instances of the packages it imports.
  const { register } = await import('tsx/esm/api')
  const unregister = register()
  try {
    return await import(url)
  } finally {
    await unregister()
  }
}
