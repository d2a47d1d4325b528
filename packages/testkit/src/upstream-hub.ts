import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Browser } from './browser.js'
import { startChild, type Child } from './child.js'
import { freePort } from './free-port.js'
import { findVenv } from './places.js'
import type { Command } from './programs.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

/** Python's JupyterHub, for tests of the other side of a wire. */
export interface UpstreamHub extends AsyncDisposable {
  readonly origin: string
  readonly proxyApiUrl: string
  readonly child: Child
  browser(): Browser
}

/**
 * @param options.proxyCommand - the proxy it starts
 * @param options.config - more lines for its configuration file, in Python
 */
export async function startUpstreamHub(options: { proxyCommand: Command; config?: string }): Promise<UpstreamHub> {
  const venv = findVenv()
  if (venv === undefined) throw new Error("Python's JupyterHub is not installed here")
  const dir = await tempDir()
  const [port, hubPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const configFile = join(dir.path, 'jupyterhub_config.py')
  await writeFile(
    configFile,
    `c.JupyterHub.bind_url = 'http://127.0.0.1:${port}'
c.JupyterHub.hub_port = ${hubPort}
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${apiPort}'
c.ConfigurableHTTPProxy.command = ${JSON.stringify(options.proxyCommand)}
c.JupyterHub.authenticator_class = 'dummy'
c.JupyterHub.spawner_class = 'simple'
c.Authenticator.allow_all = True
c.Spawner.cmd = [${JSON.stringify(join(venv, 'bin/jupyterhub-singleuser'))}]
c.Spawner.args = ['--allow-root']
c.SimpleLocalProcessSpawner.home_dir_template = ${JSON.stringify(join(dir.path, 'home', '{username}'))}
${options.config ?? ''}
`,
  )
  const child = startChild({
    command: [join(venv, 'bin/jupyterhub'), '-f', configFile],
    cwd: dir.path,
    env: { CONFIGPROXY_AUTH_TOKEN: undefined },
  })
  const origin = `http://127.0.0.1:${port}`
  const anonymous = new Browser(origin)
  const hub: UpstreamHub = {
    origin,
    proxyApiUrl: `http://127.0.0.1:${apiPort}`,
    child,
    browser: () => new Browser(origin),
    async [Symbol.asyncDispose]() {
      // It stops its servers and its proxy, which are in sessions of their own.
      if (!child.hasExited()) await child.stop('SIGTERM', 40_000).catch(() => undefined)
      await child[Symbol.asyncDispose]()
      await anonymous[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
    },
  }
  try {
    await waitFor(async () => child.hasExited() || (await anonymous.get('/hub/login')).status === 200, {
      deadlineMs: 90_000,
      what: "the login page of Python's hub",
    }).catch((error: unknown) => {
      throw new Error(`Python's hub did not come up; it printed:\n${child.log().slice(-4_000)}`, { cause: error })
    })
    if (child.hasExited()) throw new Error(`Python's hub ended:\n${child.log()}`)
  } catch (error) {
    await hub[Symbol.asyncDispose]()
    throw error
  }
  return hub
}
