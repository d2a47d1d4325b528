import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout. */
export const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** A file of `packages/testkit/fixtures`. */
export const fixture = (name: string): string => join(repository, 'packages/testkit/fixtures', name)

/** Python's JupyterHub with JupyterLab, in a virtual environment; undefined where `npm test` could not bring it. */
export function findVenv(): string | undefined {
  return firstWith('bin/jupyterhub-singleuser', [process.env.HUB_TEST_VENV, join(repository, '.test/venv')])
}

/** The last JupyterHub before 6; only the hub. */
export function findVenvOf5(): string | undefined {
  return firstWith('bin/jupyterhub', [process.env.HUB_TEST_VENV_5, join(repository, '.test/venv-5')])
}

/** The npm configurable-http-proxy, as a program. */
export function findChp(): string | undefined {
  const program = 'node_modules/.bin/configurable-http-proxy'
  const folder = firstWith(program, [process.env.HUB_TEST_CHP, join(repository, '.test/chp')])
  return folder === undefined ? undefined : join(folder, program)
}

export function findChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(isExecutable)
}

/** Debian's single-user server of JupyterHub 3.0 on notebook 6.4. */
export function findDebianSingleuser(): string | undefined {
  const program = '/usr/bin/jupyterhub-singleuser'
  return isExecutable(program) && isExecutable('/usr/bin/jupyter-notebook') ? program : undefined
}

/** Whether this process may make network namespaces. */
export function mayMakeNamespaces(): boolean {
  return process.getuid?.() === 0 && ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].some(isExecutable)
}

function firstWith(file: string, folders: readonly (string | undefined)[]): string | undefined {
  return folders.find((folder) => folder !== undefined && isExecutable(join(folder, file)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return existsSync(path)
  } catch {
    return false
  }
}
