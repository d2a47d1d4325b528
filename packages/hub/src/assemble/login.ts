import { createAuthenticate, type Authenticate } from '../http/authenticate.js'
import { XsrfGuard } from '../http/xsrf-guard.js'
import type { PageRoute } from '../http/page.js'
import { AuthModelApplier } from '../login/apply-auth-model.js'
import { authenticatorRoutes } from '../login/authenticator-routes.js'
import { LoginFlow } from '../login/login-flow.js'
import { LoginPage } from '../login/login-page.js'
import { loginRoutes } from '../login/login-routes.js'
import { LoginSessions } from '../login/login-sessions.js'
import { LoginSession } from '../login/login-session.js'
import { logoutRoute } from '../login/logout-route.js'
import { LoginThrottle } from '../login/login-throttle.js'
import { NextTarget } from '../login/next-target.js'
import { AuthRefresh } from '../login/refresh.js'
import { SealedCookies } from '../login/sealed-cookies.js'
import { ValueSealer } from '../login/sealed-value.js'
import { SessionCookies } from '../login/session-cookies.js'
import { Visitors } from '../login/visitors.js'
import { anonymousIdSettings } from '../login/xsrf.js'
import type { Exchange } from '../http/exchange.js'
import type { HubPages } from '../pages/hub-pages.js'
import { isActive } from '../servers/server-phase.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import { within } from '../servers/within.js'
import type { Foundation } from './foundation.js'
import type { Identity } from './identity.js'

/** What a request needs to be known by, and browsers to be logged in. */
export interface Sessions {
  readonly authenticate: Authenticate
  readonly xsrf: XsrfGuard
  readonly session: LoginSession
  readonly loginSessions: LoginSessions
  readonly visitors: Visitors
  readonly refresh: AuthRefresh
  readonly throttle: LoginThrottle
  readonly applier: AuthModelApplier
  readonly cookies: SessionCookies
}

export function assembleSessions(
  foundation: Foundation,
  identity: Identity,
  configuredRoles: ReadonlySet<string>,
): Sessions {
  const { settings, database, access, events, clock, log, cookieSecret, environment, activity } = foundation
  const { hub, web, addresses } = settings
  const nowMs = (): number => clock.now().getTime()
  const cookies = new SessionCookies({
    secret: cookieSecret,
    baseUrl: addresses.urls.baseUrl,
    hubPrefix: addresses.urls.hubPrefix,
    domain: addresses.urls.subdomains?.domain,
    publicScheme: publicScheme(foundation),
    hostPrefix: hub.cookie_host_prefix_enabled,
    maxAgeDays: hub.cookie_max_age_days,
    // Checked when the cookie is written: unknown keys have no effect.
    cookieOptions: web.cookie_options,
    xsrfCookieOptions: web.xsrf_cookie_kwargs,
  })
  const xsrf = new XsrfGuard({ cookies, anonymousIds: anonymousIdSettings(environment), nowMs })
  const session = new LoginSession({ cookies, nowMs })
  const visitors = new Visitors({
    database,
    resolver: identity.resolver,
    access,
    tokens: identity.tokens,
    now: clock.now,
  })
  const applier = new AuthModelApplier({
    database,
    access,
    events,
    log,
    configuredRoles,
    authenticator: identity.authenticator,
    authStates: identity.authStates,
    scopes: identity.scopes,
    now: clock.now,
  })
  const refresh = new AuthRefresh({
    authenticator: identity.authenticator,
    owners: identity.owners,
    applier,
    monotonicMs: () => performance.now(),
    log,
  })
  const throttle = new LoginThrottle(
    {
      perAccount: hub.login_failures_per_account,
      perAddress: hub.login_failures_per_address,
      windowSeconds: hub.login_failure_window,
    },
    () => performance.now(),
    log,
  )
  const loginSessions = new LoginSessions({
    database,
    access,
    maxAgeDays: hub.cookie_max_age_days,
    now: clock.now,
    log,
  })
  const authenticate = createAuthenticate({ visitors, cookies, session, loginSessions, refresh, activity, nowMs })
  return { authenticate, loginSessions, xsrf, session, visitors, refresh, throttle, applier, cookies }
}

export function assembleNext(foundation: Foundation): NextTarget {
  const { settings, database, log } = foundation
  const { urls } = settings.addresses
  return new NextTarget({
    urls,
    subdomainHost: urls.subdomains === undefined ? undefined : new URL(urls.subdomains.origin).host,
    defaultUrl: defaultUrlOf(foundation),
    redirectToServer: settings.hub.redirect_to_server,
    isDefaultServerActive: async (userId) => {
      const record = await serverStore.find(database.read, userId, '')
      return record !== undefined && isActive(record.life.phase)
    },
    log,
  })
}

/** `default_url`, a text or a function of the request. */
export function defaultUrlOf({ settings }: Foundation): (exchange: Exchange) => Promise<string> {
  const { default_url: configured } = settings.hub
  return async (exchange) =>
    typeof configured === 'function' ? ((await configured(exchange.facts)) ?? '') : configured
}

/** Pages to log in and out, those of the authenticator first. */
export function loginPages(
  foundation: Foundation,
  identity: Identity,
  sessions: Sessions,
  parts: { readonly pages: HubPages; readonly next: NextTarget; readonly servers: Servers },
): PageRoute[] {
  const { settings, database, access, events, clock, log, cookieSecret } = foundation
  const { urls } = settings.addresses
  const { authenticator, owners } = identity
  const { xsrf, session, loginSessions, visitors, refresh, throttle, applier } = sessions
  const { pages, next, servers } = parts
  const flow = new LoginFlow({
    authenticator,
    applier,
    session,
    loginSessions,
    xsrf,
    visitors,
    refresh,
    throttle,
    events,
    log,
  })
  const page = new LoginPage({ authenticator, urls, pages, xsrf, next })
  const sealedCookies = new SealedCookies({
    sealer: new ValueSealer(cookieSecret),
    hubPrefix: urls.hubPrefix,
    publicScheme: publicScheme(foundation),
    nowMs: () => clock.now().getTime(),
  })
  return [
    ...authenticatorRoutes({ authenticator, urls, flow, page, next, sealedCookies }),
    ...loginRoutes({ authenticator, urls, flow, page, next, xsrf }),
    logoutRoute({
      authenticator,
      database,
      urls,
      session,
      loginSessions,
      access,
      owners,
      pages,
      events,
      log,
      stopServersOf: settings.hub.shutdown_on_logout ? (user) => stopServersOf(user, servers, foundation) : undefined,
    }),
  ]
}

async function stopServersOf(
  user: { readonly id: number },
  servers: Servers,
  { database, settings }: Foundation,
): Promise<void> {
  const records = await serverStore.listOfUsers(database.read, [user.id])
  const running = records.filter((record) => servers.isReady(record))
  const stops = running.map(
    async (record) => (await servers.stop(record, { actor: 'hub', reason: 'its user logged out' })).done,
  )
  await within(settings.web.slow_stop_timeout, Promise.all(stops))
}

function publicScheme({ settings }: Foundation): 'http' | 'https' | undefined {
  const { publicOrigin } = settings.addresses.urls
  return publicOrigin === '' ? undefined : publicOrigin.startsWith('https:') ? 'https' : 'http'
}
