import { run, tail } from './run.mjs'
import { which } from './which.mjs'

/**
 * Whether this process may install Debian packages: root, on a system with apt.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function mayUseApt(env = process.env) {
  return process.getuid?.() === 0 && which('apt-get', env) !== undefined
}

/**
 * Those of the packages that are not installed.
 *
 * @param {readonly string[]} packages
 * @returns {Promise<string[]>}
 */
export async function missingPackages(packages) {
  const asked = await run('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...packages])
  const installed = new Set(
    asked.output
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return packages.filter((name) => !installed.has(name))
}

/**
 * Installs what is missing of `packages`.
 *
 * @param {readonly string[]} packages
 * @param {{ signal?: AbortSignal | undefined, onLine?: ((line: string) => void) | undefined }} [options]
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function aptInstall(packages, options = {}) {
  const missing = await missingPackages(packages)
  if (missing.length === 0) return { ok: true }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' }
  // Another apt (a machine's own nightly update) may hold the lock for a while.
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  const update = await run('apt-get', [...wait, 'update', '-q'], { ...options, env, timeoutMs: 300_000 })
  const install = await run('apt-get', [...wait, 'install', '-y', '-q', '--no-install-recommends', ...missing], {
    ...options,
    env,
    timeoutMs: 900_000,
  })
  if (install.ok) return { ok: true }
  const reason = `apt-get could not install ${missing.join(' ')}: ${tail(update.ok ? install.output : update.output, 2)}`
  return { ok: false, reason }
}
