import { statSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall, mayUseApt } from './apt.mjs'
import { PlainError } from './plain-error.mjs'
import { createVenv, isVenvComplete } from './python-env.mjs'
import { readStamp } from './stamp.mjs'
import { which } from './which.mjs'

/**
 * @typedef {{ command: string[], from: string }} SingleuserServer - `from` says where it was found, for the person
 */

export const VENV_PACKAGES = ['jupyterhub', 'jupyterlab']
const DEBIAN_PACKAGES = ['jupyterhub', 'jupyter-notebook']
const NAME = 'jupyterhub-singleuser'

/**
 * Finds the program that is started for each user, or brings one: what was asked for, the one on PATH, a private
 * virtual environment, Debian's packages.
 *
 * @param {{
 *   asked: string | undefined,
 *   stateDir: string,
 *   say: import('./say.mjs').Say,
 *   signal?: AbortSignal | undefined,
 * }} context
 * @returns {Promise<SingleuserServer>}
 * @throws {PlainError} when there is none and none can be had
 */
export async function findSingleuser({ asked, stateDir, say, signal }) {
  const present = presentSingleuser(asked, stateDir)
  if (present !== undefined) return present
  assertPython()
  const folder = join(stateDir, 'venv')
  const venv = await say.step(
    'installing JupyterLab into a private Python environment (once, some minutes)',
    (onLine) => createVenv({ folder, packages: VENV_PACKAGES, onLine, signal }),
  )
  if (venv.ok) return inVenv(folder)
  signal?.throwIfAborted()
  if (mayUseApt()) {
    say.line(`  ${venv.reason}`)
    const apt = await say.step("installing Debian's jupyterhub and jupyter-notebook", (onLine) =>
      aptInstall(DEBIAN_PACKAGES, { signal, onLine }),
    )
    const command = which(NAME)
    if (command !== undefined) return { command: [command], from: "Debian's packages" }
    if (!apt.ok) say.line(`  ${apt.reason}`)
  }
  throw new PlainError(
    `No single-user server could be installed (${venv.reason}): install jupyterhub and jupyterlab yourself, or name a server with --singleuser COMMAND.`,
  )
}

/** @throws {PlainError} when a server would have to be installed and there is no python3 to do it with */
export function assertPython() {
  if (which('python3') !== undefined) return
  throw new PlainError(
    'python3 was not found: install it (on Debian: apt install python3 python3-venv), or name a single-user server with --singleuser COMMAND.',
  )
}

/**
 * The server that needs no installation, if there is one.
 *
 * @param {string | undefined} asked
 * @param {string} stateDir
 * @returns {SingleuserServer | undefined}
 */
export function presentSingleuser(asked, stateDir) {
  if (asked !== undefined) {
    const [program = '', ...args] = asked.trim().split(/\s+/)
    const command = which(program)
    if (command === undefined)
      throw new PlainError(`The single-user server "${program}" was not found or is not executable.`)
    return { command: [command, ...args], from: 'the setting' }
  }
  const onPath = which(NAME)
  if (onPath !== undefined) return { command: [onPath], from: 'PATH' }
  const folder = join(stateDir, 'venv')
  if (
    isVenvComplete(folder, VENV_PACKAGES, readStamp) &&
    statSync(join(folder, 'bin', NAME), { throwIfNoEntry: false })
  )
    return inVenv(folder)
  return undefined
}

/**
 * @param {string} folder
 * @returns {SingleuserServer}
 */
function inVenv(folder) {
  return { command: [join(folder, 'bin', NAME)], from: 'its private Python environment' }
}
