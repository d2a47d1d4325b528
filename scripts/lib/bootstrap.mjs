import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, mayUseApt } from './apt.mjs'
import { COMPILER_PACKAGES, isNativeBuildFailure, nativeBuildEnv } from './native.mjs'
import { networkFailure } from './network.mjs'
import { PlainError } from './plain-error.mjs'
import { run, tail } from './run.mjs'
import { contentStampOf, readStamp, stampOf, writeStamp } from './stamp.mjs'

/**
 * @typedef {{ root: string, say: import('./say.mjs').Say, signal?: AbortSignal | undefined }} Context
 */

const OLDEST_NODE = [20, 12]

/** @param {string} version - such as `20.12.0` */
export function assertNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = OLDEST_NODE
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  throw new PlainError(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${version}.`)
}

/**
 * The environment for the workspace's tools. turbo looks for pnpm on PATH; it stands in node_modules/.bin, so that
 * nothing is installed outside of this folder.
 *
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnv(root) {
  return {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    // pnpm asks before it replaces a node_modules of another kind, and there is nobody to answer.
    CI: 'true',
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
  }
}

/**
 * Installs the workspace's dependencies with the pnpm that package.json names, unless that was done for this very lockfile.
 *
 * @param {Context} context
 */
export async function installDependencies({ root, say, signal }) {
  const packages = workspaceFolders(root)
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages.map((p) => `${p}/package.json`)]
  const stamp = contentStampOf(root, files, [process.version, process.arch, process.platform])
  const stampFile = join(root, 'node_modules/.installed')
  if (readStamp(stampFile) === stamp) return
  await say.step('installing the packages this project uses', async (onLine) => {
    let result = await pnpmInstall(root, signal, onLine)
    if (!result.ok && isNativeBuildFailure(result.output) && mayUseApt()) {
      onLine('installing a compiler for the sqlite3 package')
      await aptInstall(COMPILER_PACKAGES, { signal, onLine })
      result = await pnpmInstall(root, signal, onLine)
    }
    if (!result.ok) throw installFailure(result.output, root)
  })
  writeStamp(stampFile, stamp)
}

/**
 * Compiles the packages, unless their sources are those of the last time.
 *
 * @param {Context & { only?: readonly string[] }} context - `only`: names of packages to build, with what they depend on
 */
export async function build({ root, say, signal, only = [] }) {
  const folders = workspaceFolders(root).filter((folder) => folder.startsWith('packages/'))
  const sources = folders.flatMap((folder) =>
    ['src', 'static', 'templates', 'package.json', 'tsconfig.build.json'].map((name) => `${folder}/${name}`),
  )
  const stamp = stampOf(root, ['tsconfig.base.json', ...sources], only)
  const stampFile = join(root, `node_modules/.built-${only.length === 0 ? 'all' : 'some'}`)
  const built = ['hub', 'configurable-http-proxy'].every((name) =>
    existsSync(join(root, `packages/${name}/dist/bin.js`)),
  )
  if (built && readStamp(stampFile) === stamp) return
  await say.step('building', async (onLine) => {
    const filters = only.map((name) => `--filter=${name}`)
    const args = ['run', 'build', ...filters, '--ui=stream', '--output-logs=errors-only', '--log-order=grouped']
    const result = await run(join(root, 'node_modules/.bin/turbo'), args, {
      cwd: root,
      env: toolEnv(root),
      signal,
      onLine,
    })
    if (!result.ok) throw new PlainError(`The build failed:\n${tail(result.output, 40)}`)
  })
  writeStamp(stampFile, stamp)
}

/**
 * Folders of the workspace's packages, relative to its root.
 *
 * @param {string} root
 */
export function workspaceFolders(root) {
  return ['packages', 'examples'].flatMap((parent) => {
    if (!existsSync(join(root, parent))) return []
    const names = readdirSync(join(root, parent)).sort()
    return names.map((name) => `${parent}/${name}`).filter((folder) => existsSync(join(root, folder, 'package.json')))
  })
}

/**
 * @param {string} root
 * @param {AbortSignal | undefined} signal
 * @param {(line: string) => void} onLine
 */
async function pnpmInstall(root, signal, onLine) {
  const env = {
    ...toolEnv(root),
    ...nativeBuildEnv({ execPath: process.execPath, PATH: process.env.PATH }),
    // The tools' own defaults try for minutes before they say that there is no network.
    npm_config_fetch_retries: '2',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
  }
  const args = ['install', '--frozen-lockfile', '--prod=false', '--reporter=append-only']
  const own = join(root, 'node_modules/pnpm/bin/pnpm.cjs')
  if (existsSync(own)) return run(process.execPath, [own, ...args], { cwd: root, env, signal, onLine })
  const [npm, npmArgs] = npmCommand()
  return run(npm, [...npmArgs, 'exec', '--yes', '--', pnpmOf(root), ...args], { cwd: root, env, signal, onLine })
}

/**
 * npm as the one that started us, if it did, else the one on PATH.
 *
 * @returns {[command: string, args: string[]]}
 */
export function npmCommand() {
  const script = process.env.npm_execpath
  const isNpm = script !== undefined && /npm-cli\.c?js$/.test(script) && existsSync(script)
  return isNpm ? [process.execPath, [script]] : ['npm', []]
}

/** @param {string} root */
function pnpmOf(root) {
  /** @type {{ packageManager: string }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return manifest.packageManager
}

/**
 * @param {string} output
 * @param {string} root
 */
function installFailure(output, root) {
  const unreachable = networkFailure(output)
  if (unreachable !== undefined)
    return new PlainError(
      `The npm registry cannot be reached (${unreachable}): the first start needs the network, or npm's "registry" and "proxy" settings for this site.`,
    )
  if (/EACCES|EROFS|EPERM/.test(output))
    return new PlainError(`This user may not write to ${root}: use a checkout of your own.`)
  if (isNativeBuildFailure(output))
    return new PlainError(
      `The sqlite3 package could not be compiled: install a C++ compiler and SQLite's headers (on Debian: apt install ${COMPILER_PACKAGES.join(' ')}) and try again.\n${tail(output)}`,
    )
  return new PlainError(`The project's packages could not be installed:\n${tail(output, 30)}`)
}
