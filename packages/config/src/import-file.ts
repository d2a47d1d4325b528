import { register as registerHooks } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts'])

/** Imports a module by its absolute path; TypeScript is translated on the way. */
export async function importFile(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href
  if (!TYPESCRIPT.has(extname(path))) return import(url)
  // Hooks without a namespace of their own, so that the file shares our instances of the packages it imports.
  const { register } = await import('tsx/esm/api')
  const unregister = register()
  takeTypeScriptForModules()
  try {
    return await import(url)
  } finally {
    await unregister()
  }
}

/** In a folder without a package.json, Node takes `.ts` for CommonJS; a configuration usually stands in such a folder. */
const AS_MODULES = `
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  return /^file:[^?#]*[.]ts(?:[?#]|$)/.test(found.url) ? { ...found, format: 'module' } : found
}`

let taken = false

function takeTypeScriptForModules(): void {
  // Node has no way to take a hook back; it does nothing once the translator is gone.
  if (!taken) registerHooks(`data:text/javascript,${encodeURIComponent(AS_MODULES)}`)
  taken = true
}
