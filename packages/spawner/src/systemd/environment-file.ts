import { chmod, lstat, mkdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CertificatePaths, Log } from '@hub/api'

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
  // That of a dynamic user is elsewhere; systemd removes it with the unit, and leaves the link that led there.
  if ((await lstat(directory).catch(() => undefined))?.isSymbolicLink() === true) await unlink(directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if (((await stat(directory)).mode & 0o077) !== 0) {
    log.warn('others could look into the runtime directory of a unit; it is closed to them now', { directory })
    await chmod(directory, 0o700)
  }
  await writeFile(path, environmentFile(env), { mode: 0o400, flag: 'wx' })
}

/** Where the certificates of a server are in the runtime directory of its unit. */
export function certificatesIn(directory: string): CertificatePaths {
  return {
    keyFile: join(directory, 'server.key'),
    certFile: join(directory, 'server.crt'),
    caFile: join(directory, 'ca.crt'),
  }
}

/**
 * Brings them there, beside the variables. systemd gives the whole directory to the account of the unit, also to one that is made for it.
 */
export async function writeCertificates(directory: string, from: CertificatePaths): Promise<void> {
  const target = certificatesIn(directory)
  for (const what of ['keyFile', 'certFile', 'caFile'] as const) {
    await rm(target[what], { force: true })
    await writeFile(target[what], await readFile(from[what]), { mode: 0o400, flag: 'wx' })
  }
}

/** In the syntax of `EnvironmentFile=`; see systemd.exec(5). */
export function environmentFile(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`)
    .join('')
}
