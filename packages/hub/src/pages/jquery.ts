import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/**
 * Where jQuery is, if somebody has installed it next to the hub. The hub's own scripts do without it; scripts of
 * customised templates often expect it.
 */
export function jqueryDirectory(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('jquery/package.json'))
  } catch {
    return undefined
  }
}

/** Path of the file below the static files. */
export const jqueryPath = 'components/jquery/dist/jquery.min.js'
