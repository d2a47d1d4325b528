import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './places.js'

export type Command = readonly [program: string, ...args: string[]]

/** The hub's command line program, as a process of its own. */
export const hubCommand = (): Command => programOf('hub', 'jupyterhub')

/** Our proxy's command line program. */
export const proxyCommand = (): Command => programOf('configurable-http-proxy', 'configurable-http-proxy')

/** The daemon that starts servers through sudo. */
export const helperCommand = (): Command => programOf('sudospawner-helper', 'sudospawner-helper')

/** What puts a web app behind the hub's OAuth. */
export const singleuserCommand = (): Command => programOf('singleuser', 'hub-singleuser')

/**
 * The built program if it is newer than every source, else the sources themselves through tsx: a test never runs a stale
 * build, and needs none.
 */
function programOf(folder: string, bin: string): Command {
  const packages = join(repository, 'packages')
  if (builtAfterSources(packages)) return [process.execPath, join(packages, folder, 'bin', `${bin}.js`)]
  const loader = import.meta.resolve('tsx')
  return [process.execPath, '--conditions=@hub/source', '--import', loader, join(packages, folder, 'src/bin.ts')]
}

function builtAfterSources(packages: string): boolean {
  return readdirSync(packages)
    .filter((name) => name !== 'testkit')
    .every((name) => {
      const built = newest(join(packages, name, 'dist'))
      return built > 0 && built >= newest(join(packages, name, 'src'))
    })
}

/** When the last change below a folder was, in milliseconds; 0 if there is nothing. */
function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return path.endsWith('.test.ts') ? 0 : stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}
