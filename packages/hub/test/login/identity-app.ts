import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { z } from 'zod'
import { defaultScopes, defineEndpoint, type Log, type LogFields, type ScopeTable } from '@hub/api'
import { Browser } from '@hub/testkit'
import { AccessVersion } from '../../src/access/access-version.js'
import { defaultRoles } from '../../src/access/default-roles.js'
import { ScopeExpander } from '../../src/access/expand.js'
import * as roleStore from '../../src/access/role-store.js'
import { AuthStateCipher } from '../../src/crypto/auth-state.js'
import { type Database, openDatabase } from '../../src/database/index.js'
import { HubEvents } from '../../src/events.js'
import { Exchange } from '../../src/http/exchange.js'
import { type HandleDeps, handleApi } from '../../src/http/handle.js'
import { ApiDispatcher, type ApiRoute, route } from '../../src/http/api-dispatch.js'
import { mountPage, type PageDeps, type PageRoute } from '../../src/http/page.js'
import { requestFacts } from '../../src/http/request-facts.js'
import { hubUrls } from '../../src/hub-urls.js'
import { createIdentity, type Identity, type IdentitySettings } from './create-identity.js'
import type { KnownToken } from '../../src/login/visitors.js'
import { anonymousIdSettings } from '../../src/login/xsrf.js'
import { PageRenderer } from '../../src/pages/page-renderer.js'
import * as clientStore from '../../src/oauth/client-store.js'
import { TokenCache } from '../../src/tokens/token-cache.js'
import { generateApiToken, hashToken } from '../../src/tokens/token-hash.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { insertUser } from '../../src/users/create-user.js'
import type { User } from '../../src/users/user-store.js'
import { FakeAuthenticator } from './fake-authenticator.js'

export interface IdentityAppOptions {
  readonly authenticator?: FakeAuthenticator
  readonly settings?: Omit<Partial<IdentitySettings>, 'cookies'> & {
    readonly cookies?: Partial<IdentitySettings['cookies']>
  }
  readonly publicUrl?: string
  readonly cryptKeys?: readonly Uint8Array[]
  readonly scopes?: ScopeTable
  readonly activeDefaultServers?: Set<number>
  readonly stopServersOf?: (user: { readonly id: number; readonly name: string }) => Promise<void>
  readonly headers?: Readonly<Record<string, string>>
}

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: LogFields | undefined
}

/** The identity part of a hub by itself: real database, real HTTP, real templates; no servers, no proxy. */
export interface IdentityApp extends AsyncDisposable {
  readonly origin: string
  readonly authenticator: FakeAuthenticator
  readonly database: Database
  readonly identity: Identity
  readonly access: AccessVersion
  readonly events: HubEvents
  readonly activity: { table: string; id: number }[]
  readonly log: readonly LogLine[]
  readonly now: { ms: number }
  browser(): Browser
  /** A browser whose user has just logged in. */
  loggedIn(name: string): Promise<Browser>
  /** A request without a browser. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  user(name: string, options?: { readonly admin?: boolean; readonly roles?: readonly string[] }): Promise<User>
  role(name: string, scopes: readonly string[]): Promise<void>
  token(owner: tokenStore.TokenOwner, options?: TokenOptions): Promise<string>
}

export interface TokenOptions {
  readonly scopes?: readonly string[]
  readonly clientId?: string
  readonly sessionId?: string
  readonly note?: string
  readonly expiresInMs?: number
}

const secret = Buffer.alloc(32, 's')

export async function startIdentityApp(options: IdentityAppOptions = {}): Promise<IdentityApp> {
  const log: LogLine[] = []
  const logger = recorder(log)
  const database = await openDatabase({ url: 'sqlite://', log: logger })
  await database.write(async (tx) => {
    const known = new Set((await roleStore.list(tx)).map((role) => role.name))
    for (const role of Object.values(defaultRoles())) {
      if (!known.has(role.name)) await roleStore.create(tx, { ...role, managedByAuth: false })
    }
    await clientStore.upsert(tx, {
      identifier: 'jupyterhub',
      description: 'JupyterHub',
      secret: '',
      redirectUri: '',
      allowedScopes: [],
    })
  })
  const authenticator = options.authenticator ?? new FakeAuthenticator()
  const urls = hubUrls({ baseUrl: '/', connectOrigin: 'http://127.0.0.1:8081', publicUrl: options.publicUrl ?? '' })
  const now = { ms: Date.now() }
  const access = new AccessVersion()
  const events = new HubEvents()
  const activity: { table: string; id: number }[] = []
  const { cookies: cookieSettings, ...settings } = options.settings ?? {}
  const renderer = new PageRenderer(
    {
      urls,
      loginUrl: `${urls.hubPrefix}login`,
      logoutUrl: `${urls.hubPrefix}logout`,
      loginService: authenticator.loginService,
      templatePaths: [],
      templateVars: {},
      versionHash: '',
    },
    { log: logger },
  )
  const identity = createIdentity(
    {
      urls,
      cookies: {
        secret,
        baseUrl: urls.baseUrl,
        hubPrefix: urls.hubPrefix,
        hostPrefix: false,
        maxAgeDays: 14,
        ...cookieSettings,
      },
      anonymousIds: anonymousIdSettings({}),
      oauthTokenExpiresInSeconds: 1_209_600,
      oauthRequirePkce: false,
      configuredRoles: new Set(),
      defaultUrl: () => '',
      redirectToServer: true,
      ...settings,
    },
    {
      database,
      authenticator,
      cipher: new AuthStateCipher(options.cryptKeys ?? []),
      expander: new ScopeExpander(options.scopes ?? defaultScopes),
      access,
      tokens: new TokenCache<KnownToken>(),
      activity: { seen: (table, id) => void activity.push({ table, id }) },
      events,
      pages: (xsrf) => {
        const context = (exchange: Exchange) => {
          const { visitor } = exchange
          const xsrfToken = xsrf.token(exchange)
          if (visitor.kind !== 'user') return { visitor: undefined, xsrfToken }
          const user = {
            name: visitor.user.name,
            admin: visitor.user.admin,
            groups: [],
            servers: [],
            hasOptionsForm: false,
          }
          return { visitor: { user, permissions: visitor.permissions, services: [] }, xsrfToken }
        }
        return {
          render: (exchange, page, variables) => renderer.render(page, context(exchange), variables),
          renderText: (exchange, source, variables) => renderer.renderText(source, context(exchange), variables),
        }
      },
      isDefaultServerActive: (userId) => options.activeDefaultServers?.has(userId) ?? false,
      stopServersOf: options.stopServersOf,
      now: () => new Date(now.ms),
      log: logger,
    },
  )

  const app = express()
  app.disable('x-powered-by')
  const exchangeOf: PageDeps['exchangeOf'] = (request, response) =>
    new Exchange(request, response, requestFacts(request, new Set(['127.0.0.1', '::1'])))
  const pageDeps: PageDeps = {
    authenticate: identity.authenticate,
    xsrf: identity.xsrf,
    loginUrl: identity.loginUrl,
    renderError: (exchange, error) =>
      renderer.renderError(
        { status: error.status, message: error.message, statusMessage: 'Error' },
        {
          visitor: undefined,
          xsrfToken: identity.xsrf.token(exchange),
        },
      ),
    exchangeOf,
    log: logger,
  }
  const router = express.Router()
  for (const page of [...identity.routes, homePage(identity)]) mountPage(router, page, pageDeps)
  app.use('/hub', router)
  const apiDeps: HandleDeps = {
    dispatcher: new ApiDispatcher(probeRoutes),
    authenticate: (exchange) => identity.authenticate(exchange, 'any'),
    authorize: identity.authorize,
    xsrf: identity.xsrf,
    log: logger,
  }
  app.use('/hub/api', (request, response) => {
    const exchange = exchangeOf(request, response)
    return handleApi(exchange, exchange.facts.path.slice('/hub/api'.length), apiDeps)
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on TCP
  const browsers: Browser[] = []
  const newBrowser = (): Browser => {
    const browser = new Browser(origin, options.headers)
    browsers.push(browser)
    return browser
  }
  return {
    origin,
    authenticator,
    database,
    identity,
    access,
    events,
    activity,
    log,
    now,
    browser: newBrowser,
    async loggedIn(name) {
      const browser = newBrowser()
      await browser.login(name, 'right', { follow: false })
      return browser
    },
    fetch: (path, init) => fetch(origin + path, { redirect: 'manual', signal: AbortSignal.timeout(10_000), ...init }),
    async user(name, { admin = false, roles = ['user'] } = {}) {
      const user = await database.write(async (tx) => {
        const user = await insertUser(tx, { name, admin }, new Date(now.ms))
        const ids = (await roleStore.findByNames(tx, roles)).map((role) => role.id)
        await roleStore.setRolesOf(tx, 'users', user.id, ids)
        return user
      })
      access.bump()
      return user
    },
    async role(name, scopes) {
      await database.write((tx) => roleStore.create(tx, { name, description: '', scopes, managedByAuth: false }))
      access.bump()
    },
    async token(owner, { scopes = ['inherit'], clientId = 'jupyterhub', sessionId, note = '', expiresInMs } = {}) {
      const token = generateApiToken()
      await database.write((tx) =>
        tokenStore.create(tx, {
          owner,
          ...hashToken(token, { rounds: 1 }),
          clientId,
          sessionId: sessionId ?? null,
          scopes,
          note,
          created: new Date(now.ms),
          expiresAt: expiresInMs === undefined ? null : new Date(now.ms + expiresInMs),
        }),
      )
      return token
    },
    async [Symbol.asyncDispose]() {
      for (const browser of browsers) await browser[Symbol.asyncDispose]()
      await closed(server)
      await database.close()
    },
  }
}

/** A page as the hub's own are: for people who are logged in, with a form. */
const homePage = (identity: Identity): PageRoute => ({
  methods: ['get', 'post'],
  paths: ['/home'],
  visitor: 'user',
  run: ({ exchange, visitor }) => {
    const { method } = exchange.facts
    const form = `<form method="post"><input name="_xsrf" value="${identity.xsrf.token(exchange)}"></form>`
    return Promise.resolve({ status: 200, html: `${method} ${visitor.user.name} ${form}` })
  },
})

const caller = (method: 'GET' | 'POST') =>
  route(
    defineEndpoint({
      name: `caller${method}`,
      method,
      path: '/caller',
      access: 'caller',
      replies: { 200: z.unknown() },
      tag: 'hub',
      summary: 'Who is calling.',
    }),
    ({ exchange: { visitor } }) => {
      if (visitor.kind === 'anonymous') throw new Error('callers are somebody')
      const name = visitor.kind === 'user' ? visitor.user.name : visitor.service.name
      const body = { kind: visitor.kind, name, by: visitor.credential.by, scopes: visitor.permissions.toStrings() }
      return Promise.resolve({ status: 200 as const, body })
    },
  )

const probeRoutes: readonly ApiRoute[] = [
  caller('GET'),
  caller('POST'),
  route(
    defineEndpoint({
      name: 'readUser',
      method: 'GET',
      path: '/users/:user',
      scopes: ['read:users'],
      filter: 'user',
      replies: { 200: z.unknown() },
      tag: 'users',
      summary: 'Whether a user may be read.',
    }),
    ({ params }) => Promise.resolve({ status: 200 as const, body: { name: params.user } }),
  ),
]

function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  return done
}

function recorder(lines: LogLine[]): Log {
  const at = (level: string) => (event: string, fields?: LogFields) => void lines.push({ level, event, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}
