import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall, mayUseApt } from './apt.mjs'
import { networkFailure } from './network.mjs'
import { run, tail } from './run.mjs'
import { which } from './which.mjs'

/**
 * @typedef {{ ok: true, folder: string } | { ok: false, reason: string }} VenvResult
 */

/** Written when a virtual environment is complete; one without it is from a start that was cut short. */
const COMPLETE = '.complete'

/**
 * Whether a finished virtual environment with exactly these packages stands there.
 *
 * @param {string} folder
 * @param {readonly string[]} packages
 * @param {(file: string) => string | undefined} read
 */
export function isVenvComplete(folder, packages, read) {
  return read(join(folder, COMPLETE)) === packages.join('\n') && existsSync(join(folder, 'bin/python'))
}

/**
 * Makes a private virtual environment and installs packages from the Python package index into it.
 *
 * @param {{
 *   folder: string,
 *   packages: readonly string[],
 *   onLine?: ((line: string) => void) | undefined,
 *   signal?: AbortSignal | undefined,
 * }} options
 * @returns {Promise<VenvResult>}
 */
export async function createVenv({ folder, packages, onLine, signal }) {
  const python = which('python3')
  if (python === undefined) return { ok: false, reason: 'python3 was not found' }
  rmSync(folder, { recursive: true, force: true })
  const options = { onLine, signal }
  // pyvenv.cfg of an activated environment must not leak into the new one.
  const env = { ...process.env, PYTHONHOME: undefined, PYTHONPATH: undefined, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const pip = await makeVenv(python, folder, { ...options, env })
  if (pip === undefined) return { ok: false, reason: 'python3 has neither ensurepip nor pip (Debian: python3-venv)' }
  const install = await run(pip[0], [...pip.slice(1), 'install', '--progress-bar', 'off', ...packages], {
    ...options,
    env,
    timeoutMs: 900_000,
  })
  if (!install.ok) {
    const unreachable = networkFailure(install.output)
    const reason =
      unreachable === undefined
        ? tail(install.output, 3)
        : `the Python package index cannot be reached (${unreachable})`
    return { ok: false, reason }
  }
  writeFileSync(join(folder, COMPLETE), packages.join('\n'))
  return { ok: true, folder }
}

/**
 * Debian takes ensurepip out of python3: then python3-venv is installed when that may be done, else the system's pip
 * fills the environment from outside.
 *
 * @param {string} python
 * @param {string} folder
 * @param {import('./run.mjs').RunOptions} options
 * @returns {Promise<[string, ...string[]] | undefined>} the pip to use
 */
async function makeVenv(python, folder, options) {
  const whole = () => run(python, ['-m', 'venv', folder], options)
  let made = await whole()
  if (!made.ok && mayUseApt() && (await aptInstall(['python3-venv'], options)).ok) made = await whole()
  if (made.ok) return [join(folder, 'bin/python'), '-m', 'pip']
  const bare = await run(python, ['-m', 'venv', '--clear', '--without-pip', folder], options)
  const outside = await run(python, ['-m', 'pip', '--python', join(folder, 'bin/python'), '--version'], options)
  return bare.ok && outside.ok ? [python, '-m', 'pip', '--python', join(folder, 'bin/python')] : undefined
}
