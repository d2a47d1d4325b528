import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Browser } from './browser.js'
import { startChild, type Child } from './child.js'
import { freePort } from './free-port.js'
import type { HubProcess } from './hub-process.js'
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

export interface UpstreamHubOptions {
  /** The proxy it starts; not looked at when it is `inPlaceOf` another. */
  readonly proxyCommand?: Command
  /** More lines for its configuration file, in Python. */
  readonly config?: string
  /** The virtual environment it is installed in; by default the one of the newest release. */
  readonly venv?: string
  readonly env?: Readonly<Record<string, string>>
  /**
   * A hub with an independent proxy that is not running: Python's takes its folder, addresses, database and proxy, and leaves
   * the servers running when it ends.
   */
  readonly inPlaceOf?: HubProcess
}

interface Place extends AsyncDisposable {
  readonly dir: string
  readonly origin: string
  readonly proxyApiUrl: string
  /** What says so in the configuration. */
  readonly config: string
}

const START_DEADLINE_MS = 90_000

export async function startUpstreamHub(options: UpstreamHubOptions): Promise<UpstreamHub> {
  const venv = options.venv ?? findVenv()
  if (venv === undefined) throw new Error("Python's JupyterHub is not installed here")
  const place = options.inPlaceOf === undefined ? await placeOfItsOwn(options) : placeOf(options.inPlaceOf)
  const { dir, origin, proxyApiUrl } = place
  // Not jupyterhub_config: Python's hub would read our JSON beside it as well.
  const configFile = join(dir, 'python_hub_config.py')
  await mkdir(join(dir, 'home'), { recursive: true })
  await writeFile(
    configFile,
    `c.JupyterHub.bind_url = '${origin}'
c.ConfigurableHTTPProxy.api_url = '${proxyApiUrl}'
c.JupyterHub.authenticator_class = 'dummy'
c.JupyterHub.spawner_class = 'simple'
c.Authenticator.allow_all = True
c.Spawner.cmd = [${JSON.stringify(join(venv, 'bin/jupyterhub-singleuser'))}]
c.Spawner.args = ['--allow-root']
c.SimpleLocalProcessSpawner.home_dir_template = ${JSON.stringify(join(dir, 'home', '{username}'))}
${place.config}
${options.config ?? ''}
`,
  )
  const child = startChild({
    command: [join(venv, 'bin/jupyterhub'), '-f', configFile],
    cwd: dir,
    env: { CONFIGPROXY_AUTH_TOKEN: undefined, ...options.env },
  })
  const anonymous = new Browser(origin)
  const hub: UpstreamHub = {
    origin,
    proxyApiUrl,
    child,
    browser: () => new Browser(origin),
    async [Symbol.asyncDispose]() {
      // It stops what it shall stop, which is in sessions of its own.
      if (!child.hasExited()) await child.stop('SIGTERM', 40_000).catch(() => undefined)
      await child[Symbol.asyncDispose]()
      await anonymous[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
  try {
    await waitFor(async () => child.hasExited() || (await anonymous.get('/hub/login')).status === 200, {
      deadlineMs: START_DEADLINE_MS,
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

async function placeOfItsOwn({ proxyCommand }: UpstreamHubOptions): Promise<Place> {
  const dir = await tempDir()
  const [port, hubPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const command = proxyCommand === undefined ? '' : `c.ConfigurableHTTPProxy.command = ${JSON.stringify(proxyCommand)}`
  return {
    dir: dir.path,
    origin: `http://127.0.0.1:${port}`,
    proxyApiUrl: `http://127.0.0.1:${apiPort}`,
    config: `c.JupyterHub.hub_port = ${hubPort}\n${command}`,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

function placeOf(hub: HubProcess): Place {
  return {
    dir: hub.dir,
    origin: hub.origin,
    proxyApiUrl: hub.proxyApiUrl,
    config: `c.JupyterHub.hub_port = ${new URL(hub.hubOrigin).port}
c.JupyterHub.db_url = '${hub.dbUrl.replace(/^postgresql:/, 'postgresql+psycopg2:')}'
c.JupyterHub.cleanup_servers = False
c.Spawner.environment = ${JSON.stringify(hub.mark)}
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = '${hub.proxyToken}'
c.JupyterHub.services = [{'name': 'test-admin', 'api_token': '${hub.adminToken}', 'admin': True}]`,
    // The folder is the other hub's.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
