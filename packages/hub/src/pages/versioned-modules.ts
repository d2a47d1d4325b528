import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RequestHandler } from 'express'

/** `from './x.js'` and `import './x.js'`, as the hub's own modules are written. */
const importPattern = /((?:\bfrom|^import)\s*'\.\/[\w-]+\.js)'/gm

const namePattern = /^[\w-]+\.js$/

/**
 * Serves the hub's own scripts that are asked for with a version, and has the modules they import asked for with the
 * same one: otherwise browsers would ask for each of those again on every page.
 */
export function versionedModules(directory: string): RequestHandler<{ file: string }> {
  return async (request, response, next) => {
    const { file } = request.params
    const version = request.query['v']
    if (typeof version !== 'string' || !namePattern.test(file)) {
      next()
      return
    }
    try {
      const path = join(directory, file)
      const [source, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
      // A function, so that nothing in the version is taken for a place in the pattern.
      const imports = (_: string, start: string): string =>
        `${start}?v=${encodeURIComponent(version).replace(/'/g, '%27')}'`
      response.set('Last-Modified', mtime.toUTCString())
      response.type('text/javascript').send(source.replace(importPattern, imports))
    } catch {
      next() // a missing file is the next handler's 404
    }
  }
}
