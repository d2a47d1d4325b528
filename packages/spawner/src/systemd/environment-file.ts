import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '@hub/api'

/**
 * Writes the variables where systemd reads them, and nobody else: on a command line or in a property everybody could.
 *
 * @param path - in the runtime directory of the unit, which systemd removes with the unit
 */
export async function writeEnvironmentFile(
  path: string,
  env: Readonly<Record<string, string>>,
  log: Log,
): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if (((await stat(directory)).mode & 0o077) !== 0) {
    log.warn('others could look into the runtime directory of a unit; it is closed to them now', { directory })
    await chmod(directory, 0o700)
  }
  await writeFile(path, environmentFile(env), { mode: 0o400, flag: 'wx' })
}

/** In the syntax of `EnvironmentFile=`; see systemd.exec(5). */
export function environmentFile(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`)
    .join('')
}
