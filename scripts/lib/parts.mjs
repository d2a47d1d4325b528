import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall, mayUseApt } from './apt.mjs'
import { npmCommand } from './bootstrap.mjs'
import { networkFailure } from './network.mjs'
import { createVenv, isVenvComplete } from './python-env.mjs'
import { run, tail } from './run.mjs'
import { readStamp, writeStamp } from './stamp.mjs'
import { which } from './which.mjs'

/**
 * The real programs that tests run against. What cannot be brought here is named with its reason, and the tests that need
 * it skip themselves.
 *
 * @typedef {{ part: string, reason: string }} MissingPart
 * @typedef {{ root: string, say: import('./say.mjs').Say, signal?: AbortSignal | undefined }} Context
 */

/** Python's side: the hub as a peer, single-user servers, a service. */
export const PEER_PYTHON_PACKAGES = [
  'jupyterhub',
  'jupyterlab',
  'notebook',
  'jupyterhub-idle-culler',
  'schemathesis',
  'psycopg2-binary',
  'sudospawner',
  'jupyter-server-proxy',
]
/** The last release before 6, for databases and running servers that were made by it. */
export const PEER_PYTHON_PACKAGES_5 = ['jupyterhub==5.5.4', 'psycopg2-binary']
const PEER_PROXY = 'configurable-http-proxy@5.3.0'

/** What is looked for, and the Debian package that brings it. */
const DEBIAN_PARTS = [
  { part: 'the browser', package: 'chromium', found: () => which('chromium') !== undefined },
  { part: 'PostgreSQL', package: 'postgresql', found: () => existsSync('/usr/lib/postgresql') },
  { part: 'Redis', package: 'redis-server', found: () => existsSync('/usr/bin/redis-server') },
  { part: 'network namespaces', package: 'iproute2', found: () => which('ip', SYSTEM_PATH) !== undefined },
  { part: "Debian's JupyterHub", package: 'jupyterhub', found: () => existsSync('/usr/bin/jupyterhub-singleuser') },
  {
    part: "Debian's Jupyter Notebook",
    package: 'jupyter-notebook',
    found: () => existsSync('/usr/bin/jupyter-notebook'),
  },
  { part: 'a second opinion on PAM', package: 'pamtester', found: () => which('pamtester') !== undefined },
  { part: 'sudo', package: 'sudo', found: () => existsSync('/usr/bin/sudo') },
  { part: 'a systemd to boot', package: 'systemd-container', found: () => existsSync('/usr/bin/systemd-nspawn') },
  { part: 'Docker', package: 'docker.io', found: () => existsSync('/usr/sbin/dockerd') },
  { part: 'the content of an image', package: 'busybox-static', found: () => existsSync('/usr/bin/busybox') },
  { part: 'nginx', package: 'nginx-light', found: () => existsSync('/usr/sbin/nginx') },
  { part: 'Apache', package: 'apache2-bin', found: () => existsSync('/usr/sbin/apache2') },
  { part: 'certbot', package: 'certbot', found: () => existsSync('/usr/bin/certbot') },
  { part: 'an authority for certbot', package: 'pebble', found: () => existsSync('/usr/bin/pebble') },
  { part: 'an LDAP server', package: 'slapd', found: () => existsSync('/usr/sbin/slapd') },
]
const SYSTEM_PATH = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/**
 * @param {Context} context
 * @returns {Promise<MissingPart[]>}
 */
export async function bringParts(context) {
  const missing = [
    await bringVenv(context, {
      part: "Python's JupyterHub and JupyterLab",
      folder: '.test/venv',
      packages: PEER_PYTHON_PACKAGES,
    }),
    await bringVenv(context, {
      part: "Python's JupyterHub 5",
      folder: '.test/venv-5',
      packages: PEER_PYTHON_PACKAGES_5,
    }),
    await bringPeerProxy(context),
    ...(await bringDebianParts(context)),
  ]
  if (process.getuid?.() !== 0)
    missing.push({ part: 'two hosts in network namespaces', reason: 'only root can make them' })
  return missing.filter((one) => one !== undefined)
}

/**
 * @param {Context} context
 * @param {{ part: string, folder: string, packages: readonly string[] }} venv
 * @returns {Promise<MissingPart | undefined>}
 */
async function bringVenv({ root, say, signal }, { part, folder: name, packages }) {
  const folder = join(root, name)
  if (isVenvComplete(folder, packages, readStamp)) return undefined
  const result = await say.step(`installing ${part} into ${name}`, (onLine) =>
    createVenv({ folder, packages, onLine, signal }),
  )
  return result.ok ? undefined : { part, reason: result.reason }
}

/**
 * @param {Context} context
 * @returns {Promise<MissingPart | undefined>}
 */
async function bringPeerProxy({ root, say, signal }) {
  const folder = join(root, '.test/chp')
  const stampFile = join(folder, '.complete')
  if (readStamp(stampFile) === PEER_PROXY) return undefined
  return say.step(`installing ${PEER_PROXY} into .test/chp`, async (onLine) => {
    const [npm, args] = npmCommand()
    // A package.json of its own keeps npm from taking this workspace for the project it installs into.
    writeStamp(join(folder, 'package.json'), '{ "private": true }\n')
    const install = [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--no-save',
      '--ignore-scripts',
      PEER_PROXY,
    ]
    const result = await run(npm, [...args, ...install], { cwd: folder, signal, onLine, timeoutMs: 300_000 })
    if (!result.ok) return { part: PEER_PROXY, reason: networkFailure(result.output) ?? tail(result.output, 2) }
    writeStamp(stampFile, PEER_PROXY)
    return undefined
  })
}

/**
 * @param {Context} context
 * @returns {Promise<MissingPart[]>}
 */
async function bringDebianParts({ say, signal }) {
  const absent = DEBIAN_PARTS.filter((one) => !one.found())
  if (absent.length === 0) return []
  const names = absent.map((one) => one.package)
  let reason = `not installed, and only root on a Debian system can install it (apt install ${names.join(' ')})`
  if (mayUseApt()) {
    const result = await say.step(`installing ${names.join(', ')}`, (onLine) => aptInstall(names, { signal, onLine }))
    if (!result.ok) reason = result.reason
  }
  return absent.filter((one) => !one.found()).map(({ part }) => ({ part, reason }))
}
