import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { which } from './which.mjs'

/** What Debian calls the compiler and the headers that sqlite3's binding is built from. */
export const COMPILER_PACKAGES = ['build-essential', 'libsqlite3-dev']

/**
 * Settings that let sqlite3's binding be compiled against the system's libsqlite3: 8 seconds, and nothing is downloaded.
 * Without a compiler or the headers there are none, and the package fetches a ready-made binding or compiles its own copy.
 *
 * @param {{ execPath: string, PATH?: string | undefined, exists?: (path: string) => boolean }} machine
 * @returns {Record<string, string>}
 */
export function nativeBuildEnv({ execPath, PATH, exists = existsSync }) {
  const nodePrefix = dirname(dirname(execPath))
  const sqlitePrefix = ['/usr', '/usr/local', '/opt/homebrew/opt/sqlite'].find((prefix) =>
    exists(join(prefix, 'include/sqlite3.h')),
  )
  const compiler = ['c++', 'g++', 'clang++'].some((name) => which(name, { PATH }) !== undefined)
  const complete = compiler && which('make', { PATH }) !== undefined
  if (!complete || sqlitePrefix === undefined || !exists(join(nodePrefix, 'include/node/node.h'))) return {}
  return {
    npm_config_sqlite: sqlitePrefix,
    npm_config_build_from_source: 'true',
    npm_config_nodedir: nodePrefix,
    JOBS: 'max',
  }
}

/**
 * Why an installation's output says that a native module could not be built.
 *
 * @param {string} output
 */
export function isNativeBuildFailure(output) {
  return /sqlite3/.test(output) && /node-gyp|prebuild-install|ELIFECYCLE|gyp ERR/.test(output)
}
