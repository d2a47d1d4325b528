import { randomBytes } from 'node:crypto'
import { Browser, type HubConfig, type LogLine, type Page, startTestHub, type TestHub } from '@hub/testkit'
import * as roleStore from '../src/access/role-store.js'
import type { Foundation } from '../src/assemble/foundation.js'
import type { HubParts } from '../src/assemble/parts.js'
import type { Hub, ShutdownRequest } from '../src/hub.js'
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

/** A whole hub in the test's own process, with a real proxy, so that tests can look at, and change, what it stores. */
export interface HubInProcess extends AsyncDisposable {
  readonly testHub: TestHub
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
  const { config, env, now, after } = options
  const testHub = await startTestHub({
    ...(config === undefined ? {} : { config }),
    ...(env === undefined ? {} : { env }),
    ...(now === undefined ? {} : { clock: { now, random: Math.random } }),
    ...(after === undefined ? {} : { after: after.testHub }),
  })
  const { hub, hubOrigin, adminToken } = testHub
  const { foundation } = hub.parts
  const { database, access } = foundation
  const anonymous = new Browser(hubOrigin)
  const browsers = [anonymous]

  const self: HubInProcess = {
    testHub,
    hub,
    parts: hub.parts,
    foundation,
    dir: testHub.dir,
    origin: hubOrigin,
    proxyOrigin: testHub.origin,
    proxyApiUrl: testHub.proxyApiUrl,
    log: testHub.log,
    shutdowns: testHub.shutdowns,
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
      const browser = new Browser(hubOrigin)
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
      await testHub.stop()
      await Promise.all(browsers.splice(0).map((browser) => browser[Symbol.asyncDispose]()))
    },
    async [Symbol.asyncDispose]() {
      await self.stop()
      await testHub[Symbol.asyncDispose]()
    },
  }
  return self
}
