import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log, LogFields } from '@hub/api'
import { loadConfig } from '@hub/config'
import { Browser, fixture, freePort, type HubConfig, type Page, proxyCommand, tempDir } from '@hub/testkit'
import * as roleStore from '../src/access/role-store.js'
import type { Foundation } from '../src/assemble/foundation.js'
import type { HubParts } from '../src/assemble/parts.js'
import { plugins, runHelp } from '../src/commands/command-tables.js'
import { createHub, type Hub, type ShutdownRequest } from '../src/hub.js'
import * as serviceStore from '../src/services/service-store.js'
import { generateApiToken, hashToken } from '../src/tokens/token-hash.js'
import * as tokenStore from '../src/tokens/token-store.js'
import * as userStore from '../src/users/user-store.js'

export interface HubInProcessOptions {
  /** Over the harness's own configuration, trait by trait. */
  readonly config?: HubConfig
  readonly env?: Readonly<Record<string, string>>
  /** An earlier one, whose database and cookie secret this one goes on with. */
  readonly after?: HubInProcess
  /** More days ahead than now. */
  readonly now?: () => Date
}

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: LogFields | undefined
}

/** A whole hub in the test's own process, with a real proxy, so that tests can look at, and change, what it stores. */
export interface HubInProcess extends AsyncDisposable {
  readonly hub: Hub
  readonly parts: HubParts
  readonly foundation: Foundation
  readonly dir: string
  /** The hub's own listener. */
  readonly origin: string
  /** Where browsers go. */
  readonly proxyOrigin: string
  readonly proxyApiUrl: string
  readonly log: readonly LogLine[]
  readonly shutdowns: readonly ShutdownRequest[]
  /** Of a service with the role admin. */
  readonly adminToken: string
  /** A call of the REST API, by the admin service unless another token is given; `null`: nobody. */
  api(method: string, path: string, body?: unknown, token?: string | null): Promise<Page>
  browser(): Browser
  loggedIn(name: string): Promise<Browser>
  /** Creates or replaces a role. */
  role(name: string, scopes: readonly string[]): Promise<void>
  give(role: string, holder: 'users' | 'groups' | 'services', name: string): Promise<void>
  /** Creates a user with exactly these roles. */
  user(name: string, roles?: readonly string[]): Promise<userStore.User>
  /** Creates a user who holds exactly these scopes, and a token of theirs. */
  userWith(name: string, scopes: readonly string[]): Promise<string>
  /** A token of a user or service with exactly these raw scopes. */
  token(owner: tokenStore.TokenOwner, scopes?: readonly string[], more?: Partial<tokenStore.NewToken>): Promise<string>
  serviceId(name: string): Promise<number>
  /** Stops it and leaves its files. */
  stop(): Promise<void>
}

export async function startHubInProcess(options: HubInProcessOptions = {}): Promise<HubInProcess> {
  const adminToken = randomBytes(16).toString('hex')
  const [port, hubPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const own = options.after === undefined ? await tempDir() : undefined
  const dir = own?.path ?? options.after?.dir ?? ''
  const proxyApiUrl = `http://127.0.0.1:${apiPort}`
  const { services = [], ...jupyterHub } = options.config?.['JupyterHub'] ?? {}
  const config: HubConfig = {
    ...options.config,
    JupyterHub: {
      bind_url: `http://127.0.0.1:${port}`,
      hub_ip: '127.0.0.1',
      hub_port: hubPort,
      db_url: `sqlite:///${join(dir, 'jupyterhub.sqlite')}`,
      cookie_secret_file: join(dir, 'cookie_secret'),
      authenticator_class: 'dummy',
      spawner_class: 'simple',
      services: [{ name: 'test-admin', api_token: adminToken, admin: true }, ...(services as unknown[])],
      ...jupyterHub,
    },
    Authenticator: { allow_all: true, ...options.config?.['Authenticator'] },
    ConfigurableHTTPProxy: {
      command: proxyCommand(),
      api_url: proxyApiUrl,
      pid_file: '',
      ...options.config?.['ConfigurableHTTPProxy'],
    },
    Spawner: { cmd: [process.execPath, fixture('fake-server.mjs')], ...options.config?.['Spawner'] },
    SimpleLocalProcessSpawner: { home_dir_template: join(dir, 'home', '{username}') },
  }
  const file = join(dir, 'jupyterhub_config.json')
  await writeFile(file, JSON.stringify(config))
  const env = { PATH: process.env['PATH'] ?? '', ...options.env }
  const loaded = await loadConfig({ ...runHelp, argv: ['-f', file], plugins, cwd: dir, env })
  const lines: LogLine[] = []
  const shutdowns: ShutdownRequest[] = []
  const hub = createHub({
    config: loaded,
    log: recorder(lines),
    environment: loaded.env,
    onShutdown: (request) => shutdowns.push(request),
    ...(options.now === undefined ? {} : { clock: { now: options.now, random: Math.random } }),
  })
  await hub.start(AbortSignal.timeout(60_000))
  const { foundation } = hub.parts
  const { database, access } = foundation
  const origin = `http://127.0.0.1:${hubPort}`
  const anonymous = new Browser(origin)
  const browsers = [anonymous]

  const self: HubInProcess = {
    hub,
    parts: hub.parts,
    foundation,
    dir,
    origin,
    proxyOrigin: `http://127.0.0.1:${port}`,
    proxyApiUrl,
    log: lines,
    shutdowns,
    adminToken,
    api: (method, path, body, token = adminToken) =>
      anonymous.visit(`/hub/api${path}`, {
        method,
        follow: false,
        headers: {
          ...(token === null ? {} : { authorization: `token ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    browser() {
      const browser = new Browser(origin)
      browsers.push(browser)
      return browser
    },
    async loggedIn(name) {
      const browser = self.browser()
      await browser.login(name, 'any', { follow: false })
      return browser
    },
    async role(name, scopes) {
      await database.write(async (tx) => {
        const known = await roleStore.findByName(tx, name)
        if (known === undefined) await roleStore.create(tx, { name, description: '', scopes, managedByAuth: false })
        else await roleStore.update(tx, known.id, { scopes })
      })
      access.bump()
    },
    async give(role, holder, name) {
      await database.write(async (tx) => {
        const [row] = await tx.all<{ id: number }>(`SELECT id FROM ${holder} WHERE name = ?`, [name])
        const found = await roleStore.findByName(tx, role)
        if (row === undefined || found === undefined) throw new Error(`no ${role} or ${name}`)
        await roleStore.assign(tx, holder, [row.id], found.id)
      })
      access.bump()
    },
    async user(name, roles = ['user']) {
      const user = await database.write(async (tx) => {
        const [user] = await userStore.create(tx, [
          { name, cookieId: randomBytes(16).toString('hex'), created: new Date() },
        ])
        if (user === undefined) throw new Error('no user came back')
        const ids = (await roleStore.findByNames(tx, roles)).map((role) => role.id)
        await roleStore.setRolesOf(tx, 'users', user.id, ids)
        return user
      })
      access.bump()
      return user
    },
    async userWith(name, scopes) {
      await self.role(`of-${name}`, scopes)
      return self.token({ userId: (await self.user(name, [`of-${name}`])).id })
    },
    async token(owner, scopes = ['inherit'], more = {}) {
      const token = generateApiToken()
      await database.write((tx) =>
        tokenStore.create(tx, {
          ...hashToken(token, { rounds: 1 }),
          owner,
          clientId: 'jupyterhub',
          scopes,
          note: '',
          created: new Date(),
          expiresAt: null,
          ...more,
        }),
      )
      return token
    },
    async serviceId(name) {
      const service = await serviceStore.findByName(database.read, name)
      if (service === undefined) throw new Error(`no service ${name}`)
      return service.id
    },
    async stop() {
      await hub.stop({ servers: true, proxy: true })
      await Promise.all(browsers.map((browser) => browser[Symbol.asyncDispose]()))
    },
    async [Symbol.asyncDispose]() {
      await self.stop()
      await own?.[Symbol.asyncDispose]()
    },
  }
  return self
}

function recorder(lines: LogLine[], bound: LogFields = {}): Log {
  const at = (level: string) => (event: string, fields?: LogFields) => {
    lines.push({ level, event, fields: { ...bound, ...fields } })
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recorder(lines, { ...bound, ...fields }),
  }
}
