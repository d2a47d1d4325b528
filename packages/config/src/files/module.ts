import { pathToFileURL } from 'node:url'
import { ConfigRecorder } from '../config-object.js'
import { configError } from '../config-error.js'
import { isPlainObject } from '../kinds/copy.js'
import { type FileContent, type FileRequest } from './config-file.js'
import { settingsOf } from './data.js'
import { defaultExport } from '../default-export.js'
import { importFile } from '../import-file.js'
import { withDeadline } from '../with-deadline.js'

/** Runs a configuration in JavaScript or TypeScript: a module whose default export is a function of `c`. */
export async function readModule({ path, shown, timeoutMs }: FileRequest): Promise<FileContent> {
  const run = async (): Promise<FileContent> => {
    const module = await importFile(path)
    const exported = defaultExport(module)
    // Without a default export it is the module itself.
    if (exported !== module && isPlainObject(exported)) return { settings: settingsOf(exported, shown) }
    if (typeof exported !== 'function') throw nothingExported(shown)
    const recorder = new ConfigRecorder(shown, lineFinder(path))
    await (exported as (c: unknown) => unknown)(recorder.c)
    return { settings: recorder.settings() }
  }
  try {
    return await withDeadline(run(), timeoutMs, `${shown} was not done after ${timeoutMs / 1000} seconds`)
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigError') throw error
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw configError('config_file_failed', `${shown} raised an error:\n${trace}`, { file: shown }, error)
  }
}

function nothingExported(file: string): Error {
  return configError(
    'config_file_form',
    `${file} must export a function by default: export default (c) => { c.JupyterHub.port = 8000 }`,
    { file },
  )
}

/** Looks up the running line of the file in the call stack. */
function lineFinder(path: string): () => number | undefined {
  const places = [pathToFileURL(path).href, path]
  return () => {
    for (const frame of new Error().stack?.split('\n') ?? []) {
      const place = places.find((known) => frame.includes(known))
      const line =
        place === undefined ? null : /^(?:\?[^:]*)?:(\d+)/.exec(frame.slice(frame.indexOf(place) + place.length))
      if (line !== null) return Number(line[1])
    }
    return undefined
  }
}
