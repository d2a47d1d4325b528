import type { Log } from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import type { AccessVersion } from '../../src/access/access-version.js'
import type { ScopeExpander } from '../../src/access/expand.js'
import { PermissionsResolver } from '../../src/access/permissions-resolver.js'
import type { ActivityRecorder } from '../../src/activity/recorder.js'
import type { AuthStateCipher } from '../../src/crypto/auth-state.js'
import type { Database } from '../../src/database/index.js'
import type { HubEvents } from '../../src/events.js'
import { type Authenticate, createAuthenticate } from '../../src/http/authenticate.js'
import type { Authorize } from '../../src/http/authorize.js'
import type { Exchange } from '../../src/http/exchange.js'
import type { PageRoute } from '../../src/http/page.js'
import { XsrfGuard } from '../../src/http/xsrf-guard.js'
import type { HubUrls } from '../../src/hub-urls.js'
import { authorizeRoute } from '../../src/oauth/authorize-route.js'
import { tokenRoute } from '../../src/oauth/token-route.js'
import { OwnerLoader } from '../../src/servers/owner-loader.js'
import type { TokenCache } from '../../src/tokens/token-cache.js'
import { AuthModelApplier } from '../../src/login/apply-auth-model.js'
import { AuthStates } from '../../src/login/auth-states.js'
import { authenticatorRoutes } from '../../src/login/authenticator-routes.js'
import { LoginFlow } from '../../src/login/login-flow.js'
import { LoginPage } from '../../src/login/login-page.js'
import { loginRoutes, loginUrl } from '../../src/login/login-routes.js'
import { LoginThrottle } from '../../src/login/login-throttle.js'
import { LoginSessions } from '../../src/login/login-sessions.js'
import { LoginSession } from '../../src/login/login-session.js'
import { logoutRoute } from '../../src/login/logout-route.js'
import { NextTarget, type NextTargetDeps } from '../../src/login/next-target.js'
import type { PageWriter } from '../../src/login/page-writer.js'
import { AuthRefresh } from '../../src/login/refresh.js'
import { SealedCookies } from '../../src/login/sealed-cookies.js'
import { ValueSealer } from '../../src/login/sealed-value.js'
import { type CookieSettings, SessionCookies } from '../../src/login/session-cookies.js'
import { type KnownToken, Visitors } from '../../src/login/visitors.js'
import type { AnonymousIdSettings } from '../../src/login/xsrf.js'

export interface IdentitySettings extends Pick<NextTargetDeps, 'subdomainHost' | 'defaultUrl' | 'redirectToServer'> {
  readonly urls: HubUrls
  readonly cookies: CookieSettings
  readonly anonymousIds: AnonymousIdSettings
  /** `oauth_token_expires_in` */
  readonly oauthTokenExpiresInSeconds: number
  /** `oauth_require_pkce` */
  readonly oauthRequirePkce: boolean
  /** Names of the roles in `load_roles`. */
  readonly configuredRoles: ReadonlySet<string>
}

export interface IdentityDeps extends Pick<NextTargetDeps, 'isDefaultServerActive'> {
  readonly database: Database
  readonly authenticator: Authenticator
  readonly cipher: AuthStateCipher
  readonly expander: ScopeExpander
  readonly access: AccessVersion
  readonly tokens: TokenCache<KnownToken>
  readonly activity: Pick<ActivityRecorder, 'seen'>
  readonly events: HubEvents
  /** Pages hold the request's XSRF token, so what writes them is made with the guard. */
  readonly pages: (xsrf: XsrfGuard) => PageWriter
  /** With `shutdown_on_logout`. */
  readonly stopServersOf?: ((user: { readonly id: number; readonly name: string }) => Promise<void>) | undefined
  readonly now: () => Date
  readonly log: Log
}

/** Who makes requests and what they may do: credentials, log in and out, OAuth. */
export interface Identity {
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly xsrf: XsrfGuard
  readonly pages: PageWriter
  readonly permissions: PermissionsResolver
  readonly visitors: Visitors
  readonly refresh: AuthRefresh
  readonly authStates: AuthStates
  readonly owners: OwnerLoader
  readonly cookies: SessionCookies
  readonly next: NextTarget
  /** Where somebody who is not logged in is sent. */
  readonly loginUrl: (exchange: Exchange) => string
  /** Pages to mount, in this order and before all others. */
  readonly routes: readonly PageRoute[]
}

/** Puts the parts of login and OAuth together as the hub does, without servers and proxy. */
export function createIdentity(settings: IdentitySettings, deps: IdentityDeps): Identity {
  const { urls } = settings
  const { authenticator, database, expander, now } = deps
  const nowMs = (): number => now().getTime()
  const cookies = new SessionCookies(settings.cookies)
  const session = new LoginSession({ cookies, nowMs })
  const xsrf = new XsrfGuard({ cookies, anonymousIds: settings.anonymousIds, nowMs })
  const pages = deps.pages(xsrf)
  const resolver = new PermissionsResolver(deps)
  const visitors = new Visitors({ ...deps, resolver })
  const authStates = new AuthStates({ ...deps, isEnabled: authenticator.config.enable_auth_state })
  const owners = new OwnerLoader({ database, authState: (userId) => authStates.read(userId) })
  const applier = new AuthModelApplier({
    ...deps,
    authStates,
    scopes: expander.table,
    configuredRoles: settings.configuredRoles,
  })
  const refresh = new AuthRefresh({ ...deps, owners, applier, monotonicMs: () => performance.now() })
  const next = new NextTarget({ ...settings, ...deps })
  const page = new LoginPage({ authenticator, urls, pages, xsrf, next })
  const throttle = new LoginThrottle({ perAccount: 3, perAddress: 6, windowSeconds: 60 }, nowMs, deps.log)
  const loginSessions = new LoginSessions({ ...deps, maxAgeDays: 14 })
  const flow = new LoginFlow({ ...deps, applier, session, loginSessions, xsrf, visitors, refresh, throttle })
  const sealedCookies = new SealedCookies({
    sealer: new ValueSealer(settings.cookies.secret),
    hubPrefix: urls.hubPrefix,
    publicScheme: settings.cookies.publicScheme,
    nowMs,
  })
  return {
    authenticate: createAuthenticate({
      visitors,
      cookies,
      session,
      loginSessions,
      refresh,
      activity: deps.activity,
      nowMs,
    }),
    authorize: resolver.authorize,
    xsrf,
    pages,
    permissions: resolver,
    visitors,
    refresh,
    authStates,
    owners,
    cookies,
    next,
    loginUrl: (exchange) => loginUrl(exchange, { authenticator, urls }),
    routes: [
      ...authenticatorRoutes({ authenticator, urls, flow, page, next, sealedCookies }),
      ...loginRoutes({ authenticator, urls, flow, page, next, xsrf }),
      logoutRoute({ ...deps, urls, session, loginSessions, owners, pages }),
      authorizeRoute({ ...deps, resolver, session, pages, requirePkce: settings.oauthRequirePkce }),
      tokenRoute({
        ...deps,
        xsrf,
        tokenExpiresInSeconds: settings.oauthTokenExpiresInSeconds,
        requirePkce: settings.oauthRequirePkce,
      }),
    ],
  }
}
