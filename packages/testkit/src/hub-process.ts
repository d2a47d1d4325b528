import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Browser, type Page } from './browser.js'
import { startChild, type Child } from './child.js'
import { freePort } from './free-port.js'
import { fixture } from './places.js'
import { killMarked, MARK, markedProcesses, type MarkedProcess } from './processes.js'
import { hubCommand, proxyCommand, type Command } from './programs.js'
import { startProxyProcess, type ProxyProcess } from './proxy-process.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

/** Options by class and trait, as in a configuration file in JSON. */
export type HubConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface HubProcessOptions {
  /** Set over the kit's own configuration. */
  readonly config?: HubConfig
  /** More arguments of the command line. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `own`: the hub starts its proxy. `independent`: the proxy is started before it and outlives it. Default `own`. */
  readonly proxy?: 'own' | 'independent'
  /** The proxy program; ours by default. */
  readonly proxyCommand?: Command
  /** SQLAlchemy-style URL of the database; by default a sqlite file of its own. */
  readonly dbUrl?: string
  /** The hub's program; ours by default. */
  readonly command?: Command
  /** False: the test starts it itself, such as after another hub has had its database. */
  readonly started?: boolean
}

/** A hub and a proxy as processes of their own, as they run in production, with a miniature single-user server. */
export interface HubProcess extends AsyncDisposable {
  /** Where browsers go: the proxy. */
  readonly origin: string
  /** The hub's own listener. */
  readonly hubOrigin: string
  readonly proxyApiUrl: string
  readonly proxyToken: string
  /** What all its processes carry, so that they end with the test; give it to whatever else starts servers here. */
  readonly mark: Readonly<Record<string, string>>
  /** Token of a service with the admin role. */
  readonly adminToken: string
  /** Where it runs: its database, cookie secret and configuration. */
  readonly dir: string
  readonly dbUrl: string
  /** The present hub process. */
  child(): Child
  /** What the hub processes have printed, those before a restart included. */
  log(): string
  /** The REST API through the proxy, as the admin service unless another token is given. */
  api(method: string, path: string, body?: unknown, token?: string): Promise<Page>
  browser(headers?: Readonly<Record<string, string>>): Browser
  /** Starts the hub (again) and waits until it answers through the proxy. */
  start(): Promise<void>
  /** `kill -9` of the hub alone. */
  crash(): Promise<void>
  /** The living single-user servers of this test. */
  servers(): Promise<MarkedProcess[]>
  /** The pid of the proxy that the hub started. */
  proxyPid(): Promise<number>
  /** The proxy that was started beside the hub, with `proxy: 'independent'`. */
  readonly independentProxy: ProxyProcess | undefined
}

const START_DEADLINE_MS = 30_000

/** Starts a hub; it and all that it started ends with the test. */
export async function startHubProcess(options: HubProcessOptions = {}): Promise<HubProcess> {
  const dir = await tempDir()
  const mark = randomUUID()
  const [port, hubPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const proxyToken = randomBytes(16).toString('hex')
  const adminToken = randomBytes(16).toString('hex')
  const origin = `http://127.0.0.1:${port}`
  const proxyApiUrl = `http://127.0.0.1:${apiPort}`
  const independent = options.proxy === 'independent'
  const independentProxy = independent
    ? await startProxyProcess({
        port,
        apiPort,
        token: proxyToken,
        env: { [MARK]: mark },
        command: options.proxyCommand,
      })
    : undefined

  const dbUrl = options.dbUrl ?? `sqlite:///${join(dir.path, 'jupyterhub.sqlite')}`
  const own: HubConfig = {
    JupyterHub: {
      bind_url: origin,
      hub_ip: '127.0.0.1',
      hub_port: hubPort,
      db_url: dbUrl,
      authenticator_class: 'dummy',
      spawner_class: 'simple',
      services: [{ name: 'test-admin', api_token: adminToken, admin: true }],
    },
    Authenticator: { allow_all: true },
    ConfigurableHTTPProxy: {
      command: options.proxyCommand ?? proxyCommand(),
      api_url: proxyApiUrl,
      should_start: !independent,
      ...(independent ? { auth_token: proxyToken } : {}),
    },
    Spawner: {
      cmd: [process.execPath, fixture('fake-server.mjs')],
      environment: { [MARK]: mark },
    },
    SimpleLocalProcessSpawner: { home_dir_template: join(dir.path, 'home', '{username}') },
  }
  const configFile = join(dir.path, 'jupyterhub_config.json')
  await writeFile(configFile, JSON.stringify(mergeConfig(own, options.config ?? {}, mark), null, 2))

  const children: Child[] = []
  const current = (): Child => {
    const last = children.at(-1)
    if (last === undefined) throw new Error('the hub was never started')
    return last
  }
  const log = (): string => children.map((child) => child.log()).join('')
  const anonymous = new Browser(origin)

  const hub: HubProcess = {
    origin,
    hubOrigin: `http://127.0.0.1:${hubPort}`,
    proxyApiUrl,
    proxyToken,
    mark: { [MARK]: mark },
    adminToken,
    dir: dir.path,
    dbUrl,
    independentProxy,
    child: current,
    log,
    api: (method, path, body, token = adminToken) =>
      anonymous.visit(`/hub/api${path}`, {
        method,
        follow: false,
        headers: {
          authorization: `token ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    browser: (headers) => new Browser(origin, headers),
    async start() {
      const [program, ...args] = options.command ?? hubCommand()
      const env = { CONFIGPROXY_AUTH_TOKEN: undefined, JPY_COOKIE_SECRET: undefined, ...options.env, [MARK]: mark }
      const child = startChild({
        command: [program, ...args, '-f', configFile, ...(options.args ?? [])],
        cwd: dir.path,
        env,
      })
      children.push(child)
      await untilUp(anonymous, child)
    },
    async crash() {
      await current().stop('SIGKILL')
    },
    servers: async () => (await markedProcesses(mark)).filter(({ command }) => /fake-server|singleuser/.test(command)),
    proxyPid: async () => Number(await readFile(join(dir.path, 'jupyterhub-proxy.pid'), 'utf8')),
    async [Symbol.asyncDispose]() {
      await killMarked(mark)
      await Promise.all([...children.map((child) => child.exited), anonymous[Symbol.asyncDispose]()])
      await dir[Symbol.asyncDispose]()
    },
  }
  try {
    if (options.started !== false) await hub.start()
  } catch (error) {
    await hub[Symbol.asyncDispose]()
    throw error
  }
  return hub
}

/** Asks until the API answers, and gives up at once if the hub ends. */
async function untilUp(browser: Browser, child: Child): Promise<void> {
  const up = await waitFor(
    async () => {
      if (child.hasExited()) return 'ended'
      const page = await browser.get('/hub/api/', { follow: false }).catch(() => undefined)
      return page?.status === 200 && 'up'
    },
    { deadlineMs: START_DEADLINE_MS, what: 'an answer of the hub' },
  ).catch((error: unknown) => {
    throw new Error(`the hub did not come up; it printed:\n${child.log().slice(-6000)}`, { cause: error })
  })
  if (up === 'ended')
    throw new Error(`the hub ended with ${JSON.stringify(await child.exited)}:\n${child.log().slice(-6000)}`)
}

/** Trait by trait; servers and managed services keep the mark by which they are found again. */
export function mergeConfig(own: HubConfig, given: HubConfig, mark: string): HubConfig {
  const merged: Record<string, Record<string, unknown>> = {}
  for (const name of new Set([...Object.keys(own), ...Object.keys(given)]))
    merged[name] = { ...own[name], ...given[name] }
  const environment = given['Spawner']?.['environment']
  if (typeof environment === 'object')
    merged['Spawner'] = { ...merged['Spawner'], environment: { ...environment, [MARK]: mark } }
  const services = merged['JupyterHub']?.['services']
  if (Array.isArray(services))
    merged['JupyterHub'] = { ...merged['JupyterHub'], services: services.map((each) => markService(each, mark)) }
  return merged
}

/** A managed service has an environment of its own, and outlives a hub that is killed. */
function markService(service: unknown, mark: string): unknown {
  if (typeof service !== 'object' || service === null || !('command' in service)) return service
  const environment = 'environment' in service && typeof service.environment === 'object' ? service.environment : {}
  return { ...service, environment: { ...environment, [MARK]: mark } }
}
