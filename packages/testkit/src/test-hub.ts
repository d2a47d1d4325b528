import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hub, HubOptions, ShutdownRequest } from '@hub/hub'
import { Browser, type Page } from './browser.js'
import { freePort } from './free-port.js'
import { type HubConfig, mergeConfig } from './hub-process.js'
import { fixture } from './places.js'
import { killMarked, MARK } from './processes.js'
import { proxyCommand } from './programs.js'
import { type LogLine, recordingLog } from './recording-log.js'
import { tempDir } from './temp-dir.js'

export interface TestHubOptions {
  /** Set over the kit's own configuration, trait by trait. Values may be functions and classes, as in a `.ts` file. */
  readonly config?: HubConfig
  readonly env?: Readonly<Record<string, string>>
  /** SQLAlchemy-style URL of the database; by default a sqlite file of its own. */
  readonly dbUrl?: string
  readonly clock?: NonNullable<HubOptions['clock']>
  /** A hub that was stopped, whose database, secrets and addresses this one goes on with. */
  readonly after?: TestHub
}

/** A whole hub in the test's own process, with a real proxy as its child. */
export interface TestHub extends AsyncDisposable {
  readonly hub: Hub
  /** Where browsers go: the proxy. */
  readonly origin: string
  /** The hub's own listener. */
  readonly hubOrigin: string
  readonly proxyApiUrl: string
  /** Token of a service with the admin role. */
  readonly adminToken: string
  /** Where its database and secrets are. */
  readonly dir: string
  readonly log: readonly LogLine[]
  /** How often, and how, it asked to be ended. */
  readonly shutdowns: readonly ShutdownRequest[]
  /** The REST API through the proxy, as the admin service unless another token is given; null: as nobody. */
  api(method: string, path: string, body?: unknown, token?: string | null): Promise<Page>
  browser(headers?: Readonly<Record<string, string>>): Browser
  /** Stops it and leaves its files, for a hub `after` it. By default its servers and its proxy end with it. */
  stop(request?: Pick<ShutdownRequest, 'servers' | 'proxy'>): Promise<void>
}

interface Place extends AsyncDisposable {
  readonly dir: string
  readonly mark: string
  readonly ports: readonly [public_: number, hub: number, proxyApi: number]
  readonly adminToken: string
  readonly dbUrl: string
}

const places = new WeakMap<TestHub, Place>()

/** Starts a hub; it and all that it started ends with the test. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const place = (options.after && places.get(options.after)) ?? (await makePlace(options.dbUrl))
  const [port, hubPort, apiPort] = place.ports
  const origin = `http://127.0.0.1:${port}`
  const hubOrigin = `http://127.0.0.1:${hubPort}`
  const proxyApiUrl = `http://127.0.0.1:${apiPort}`
  const { services = [], ...jupyterHub } = options.config?.['JupyterHub'] ?? {}
  const own: HubConfig = {
    JupyterHub: {
      bind_url: origin,
      hub_ip: '127.0.0.1',
      hub_port: hubPort,
      db_url: place.dbUrl,
      cookie_secret_file: join(place.dir, 'cookie_secret'),
      authenticator_class: 'dummy',
      spawner_class: 'simple',
      services: [{ name: 'test-admin', api_token: place.adminToken, admin: true }, ...(services as unknown[])],
    },
    Authenticator: { allow_all: true },
    ConfigurableHTTPProxy: {
      command: proxyCommand(),
      api_url: proxyApiUrl,
      pid_file: join(place.dir, 'proxy.pid'),
      log_level: 'error',
    },
    Spawner: { cmd: [process.execPath, fixture('fake-server.mjs')], environment: { [MARK]: place.mark } },
    SimpleLocalProcessSpawner: { home_dir_template: join(place.dir, 'home', '{username}') },
  }
  const given = { ...options.config, ...(options.config?.['JupyterHub'] && { JupyterHub: jupyterHub }) }
  const config = mergeConfig(own, given, place.mark)
  const env = { PATH: process.env['PATH'] ?? '', [MARK]: place.mark, ...options.env }
  // Loaded for those who start one only: it is the whole hub.
  const [{ createHub, hubCommandLine, hubPlugins }, { loadConfig }] = await Promise.all([
    import('@hub/hub'),
    import('@hub/config'),
  ])
  const loaded = await withModule(place.dir, config, (file) =>
    loadConfig({ ...hubCommandLine, argv: ['-f', file], plugins: hubPlugins, cwd: place.dir, env }),
  )
  const log: LogLine[] = []
  const shutdowns: ShutdownRequest[] = []
  const hub = createHub({
    config: loaded,
    log: recordingLog(log),
    environment: loaded.env,
    onShutdown: (request) => shutdowns.push(request),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  })
  const anonymous = new Browser(origin)
  const browsers = [anonymous]
  const testHub: TestHub = {
    hub,
    origin,
    hubOrigin,
    proxyApiUrl,
    adminToken: place.adminToken,
    dir: place.dir,
    log,
    shutdowns,
    api: (method, path, body, token = place.adminToken) =>
      anonymous.visit(`/hub/api${path}`, {
        method,
        follow: false,
        headers: {
          ...(token === null ? {} : { authorization: `token ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    browser(headers) {
      const browser = new Browser(origin, headers)
      browsers.push(browser)
      return browser
    },
    async stop(request = { servers: true, proxy: true }) {
      await hub.stop(request)
      await Promise.all(browsers.splice(0).map((browser) => browser[Symbol.asyncDispose]()))
    },
    async [Symbol.asyncDispose]() {
      await testHub.stop()
      if (options.after === undefined) await place[Symbol.asyncDispose]()
    },
  }
  places.set(testHub, place)
  try {
    await hub.start(AbortSignal.timeout(60_000))
  } catch (error) {
    await testHub[Symbol.asyncDispose]()
    throw error
  }
  return testHub
}

async function makePlace(dbUrl: string | undefined): Promise<Place> {
  const dir = await tempDir()
  const mark = randomUUID()
  return {
    dir: dir.path,
    mark,
    ports: [await freePort(), await freePort(), await freePort()],
    adminToken: randomBytes(16).toString('hex'),
    dbUrl: dbUrl ?? `sqlite:///${join(dir.path, 'jupyterhub.sqlite')}`,
    async [Symbol.asyncDispose]() {
      await killMarked(mark)
      await dir[Symbol.asyncDispose]()
    },
  }
}

/** Functions and classes do not survive being written to a file, so the module that is loaded fetches them from here. */
async function withModule<T>(dir: string, config: HubConfig, load: (file: string) => Promise<T>): Promise<T> {
  const key = `hub-testkit-${randomUUID()}`
  const file = join(dir, `${key}.mjs`)
  await writeFile(file, `export default globalThis[Symbol.for('${key}')]\n`)
  Object.defineProperty(globalThis, Symbol.for(key), { value: config, configurable: true })
  try {
    return await load(file)
  } finally {
    Reflect.deleteProperty(globalThis, Symbol.for(key))
  }
}
