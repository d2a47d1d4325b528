import type { RequestListener } from 'node:http'
import { builtInAuthenticators } from '@hub/authenticator'
import { builtInSpawners } from '@hub/spawner'
import { Announcements } from '../announcements/announcements.js'
import { announcementRoutes } from '../announcements/routes.js'
import { activityRoute } from '../activity/routes.js'
import { groupRoutes } from '../groups/routes.js'
import { authorizationRoutes } from '../hub-api/authorization-routes.js'
import { pluginName } from '../hub-api/plugin-name.js'
import { proxyRoutes } from '../hub-api/proxy-routes.js'
import { tokenPages } from '../tokens/token-page.js'
import { tokenRoutes } from '../tokens/routes.js'
import { hubRoutes } from '../hub-api/routes.js'
import { authorizeRoute } from '../oauth/authorize-route.js'
import { tokenRoute } from '../oauth/token-route.js'
import { adminPage } from '../pages/admin-page.js'
import { findPanel } from '../pages/admin-panel.js'
import { homePages } from '../pages/home-page.js'
import { HubPages } from '../pages/hub-pages.js'
import { otherPages } from '../pages/other-pages.js'
import { PagePolicy } from '../pages/page-policy.js'
import { PageRenderer } from '../pages/page-renderer.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import { pendingPage } from '../servers/pending-page.js'
import { serverListRoute } from '../servers/list-route.js'
import { progressRoute } from '../servers/progress.js'
import { serverRoutes } from '../servers/routes.js'
import { spawnPages } from '../servers/spawn-page.js'
import { userServerPages } from '../servers/user-page.js'
import { loginUrl } from '../login/login-routes.js'
import { userRoutes } from '../users/routes.js'
import { whoamiRoute } from '../users/whoami-route.js'
import { serviceRoutes } from '../services/routes.js'
import { Services } from '../services/services.js'
import { readServiceSpecs } from '../services/service-spec.js'
import { acceptSharePages } from '../shares/accept-page.js'
import { shareCodeRoutes } from '../shares/code-routes.js'
import { recipientRoutes } from '../shares/recipient-routes.js'
import { shareRoutes } from '../shares/routes.js'
import { removeOrphanClients } from '../startup/orphan-clients.js'
import { purgeExpired } from '../startup/purge-expired.js'
import { startUpData } from '../startup/start-up-data.js'
import { hubVersion, wireVersion } from '../version.js'
import type { ShutdownRequest } from '../hub.js'
import { namedServerLimit } from '../servers/admission.js'
import type { Foundation } from './foundation.js'
import { dataFiles } from './hub-settings.js'
import { assembleIdentity, type Identity } from './identity.js'
import { assembleNext, assembleSessions, defaultUrlOf, loginPages, type Sessions } from './login.js'
import { assembleMonitoring, type Monitoring } from './monitoring.js'
import { assembleProxy } from './proxying.js'
import { assembleServers, type Serving } from './serving.js'
import type { ApiRoute } from '../http/api-dispatch.js'
import type { PageRoute } from '../http/page.js'
import { assembleWeb } from './web.js'

/** The hub, put together and not yet running. */
export interface HubParts {
  readonly foundation: Foundation
  readonly identity: Identity
  readonly sessions: Sessions
  readonly serving: Serving
  readonly proxy: HubProxy
  readonly monitoring: Monitoring
  readonly web: RequestListener
  /** What the web server answers, besides files and the administrator's own pages. */
  readonly routes: { readonly api: readonly ApiRoute[]; readonly pages: readonly PageRoute[] }
  /** Brings the database in line with the configuration. */
  loadData(): Promise<void>
  startServices(signal: AbortSignal): Promise<void>
  stopServices(): Promise<void>
}

export interface AssembleOptions {
  /** The hub is to end: asked for over the API, or because nothing works any more. */
  readonly shutdown: (request: ShutdownRequest) => void
}

/** Makes every part and connects them; the only place that does. */
export async function assembleHub(foundation: Foundation, { shutdown }: AssembleOptions): Promise<HubParts> {
  const { settings, database, activity, access, events, clock, log } = foundation
  const { hub, web, addresses } = settings
  const { urls } = addresses
  const serviceSpecs = readServiceSpecs(hub.services)
  const identity = assembleIdentity(foundation)
  const { authenticator } = identity
  const configuredRoles = new Set(hub.load_roles.map((role) => String(role['name'])))
  const sessions = assembleSessions(foundation, identity, configuredRoles)
  const next = assembleNext(foundation)
  const services = new Services({
    database,
    access,
    urls,
    environment: foundation.environment,
    cookieOptions: Object.keys(web.cookie_options).length === 0 ? undefined : JSON.stringify(web.cookie_options),
    cookieHostPrefixEnabled: hub.cookie_host_prefix_enabled,
    internalTls: foundation.internalTls,
    checkIntervalSeconds: hub.service_check_interval,
    log: log.child({ module: 'services' }),
  })
  const proxy = await assembleProxy(foundation, () => services.routes())
  const serving = assembleServers(foundation, identity, proxy, {
    version: wireVersion,
    giveUp: () => {
      shutdown({ exitCode: 1 })
    },
  })
  const { servers } = serving
  const monitoring = assembleMonitoring(foundation, () => servers.live.countActive())

  const userFacts = { database, servers, activity, hasOptionsForm: serving.hasOptionsForm }
  const panel = await findPanel()
  if (panel === undefined) log.warn('the admin panel is not there: @hub/admin-panel is not installed, or not built')
  const renderer = new PageRenderer(
    {
      urls,
      loginUrl: authenticator.loginUrl(urls.hubPrefix),
      logoutUrl: authenticator.logoutUrl(urls.hubPrefix),
      loginService: authenticator.loginService,
      templatePaths: [...hub.template_paths, ...dataFiles(hub, 'templates')],
      templateVars: hub.template_vars,
      environmentOptions: hub.jinja_environment_options,
      versionHash: clock.now().getTime().toString(36),
      hasAdminPage: panel !== undefined,
    },
    { log },
  )
  const announcements = new Announcements({ database, nowMs: () => clock.now().getTime(), log })
  const pages = new HubPages({
    announcements: () => announcements.variables(),
    policy: new PagePolicy({
      isCustomised: hub.template_paths.length > 0 || dataFiles(hub, 'templates').length > 0,
      isConfigured: Object.keys(web.headers).some((name) => name.toLowerCase() === 'content-security-policy'),
      templateVars: hub.template_vars,
    }),
    renderer,
    xsrf: sessions.xsrf,
    userFacts,
    serviceLinks: (permissions) => services.links(permissions),
  })

  const named = {
    allowNamedServers: hub.allow_named_servers,
    limitPerUser: hub.named_server_limit_per_user,
    existingInvalidNames: hub.allow_existing_invalid_named_servers,
  }
  const models = { database, servers, activity, urls }
  const slow = { slowSpawnSeconds: web.slow_spawn_timeout, slowStopSeconds: web.slow_stop_timeout }
  const limits = { defaultLimit: hub.api_page_default_limit, maxLimit: hub.api_page_max_limit }
  const tokens = {
    database,
    activity,
    expander: identity.expander,
    resolver: identity.resolver,
    now: clock.now,
    maxSeconds: hub.token_expires_in_max_seconds,
  }
  const shares = {
    ...models,
    access,
    expander: identity.expander,
    authorize: identity.resolver.authorize,
    now: clock.now,
    pages: limits,
  }
  const apiRoutes = [
    ...hubRoutes({
      version: wireVersion,
      apiPath: `${urls.hubPrefix}api`,
      spawner: pluginName(builtInSpawners, settings.spawnerClass, wireVersion),
      authenticator: pluginName(builtInAuthenticators, settings.authenticatorClass, wireVersion),
      shutdown: (choice) => {
        shutdown({ exitCode: 0, ...choice })
      },
    }),
    whoamiRoute({ ...models, serviceModel: (id, permissions) => services.model(id, permissions) }),
    ...userRoutes({
      ...models,
      ...slow,
      servers,
      authenticator,
      access,
      events,
      now: clock.now,
      pages: limits,
      adminAccess: hub.admin_access,
      flushActivity: () => activity.flush(),
      authState: identity.readAuthState,
      saveAuthState: identity.saveAuthState,
    }),
    ...serviceRoutes({
      services,
      database,
      access,
      urls,
      expander: identity.expander,
      resolver: identity.resolver,
      trustProvidedTokens: hub.trust_user_provided_tokens,
      now: clock.now,
      log,
      checkRoutes: () => {
        proxy.checkRoutes(AbortSignal.timeout(30_000)).catch((error: unknown) => {
          log.error('routes could not be checked; the next check comes by itself', { error })
        })
      },
    }),
    ...groupRoutes({ database, access, authenticator, pages: limits }),
    ...tokenRoutes({
      ...tokens,
      access,
      authenticator,
      throttle: sessions.throttle,
      authorize: identity.resolver.authorize,
      xsrf: sessions.xsrf,
    }),
    ...proxyRoutes({ proxy, pages: limits }),
    ...authorizationRoutes({
      ...models,
      services,
      visitors: sessions.visitors,
      cookies: sessions.cookies.settings,
      now: clock.now,
    }),
    ...serverRoutes({ ...models, ...slow, servers, access, named }),
    ...shareRoutes(shares),
    ...recipientRoutes(shares),
    ...shareCodeRoutes(shares),
    serverListRoute({ ...models, pages: limits, flushActivity: () => activity.flush() }),
    progressRoute({ database, servers, urls }),
    ...announcementRoutes(announcements),
    activityRoute({ database, activity, now: clock.now }),
  ]

  const pageParts = {
    database,
    servers,
    pages,
    userFacts,
    urls,
    next,
    xsrf: sessions.xsrf,
    authorize: identity.resolver.authorize,
  }
  const oauth = {
    database,
    now: clock.now,
    requirePkce: hub.oauth_require_pkce,
    tokenExpiresInSeconds: hub.oauth_token_expires_in,
    log,
  }
  const toLogin = { authenticator, urls }
  const pageRoutes = [
    ...monitoring.pages,
    ...loginPages(foundation, identity, sessions, { pages, next, servers }),
    authorizeRoute({
      ...oauth,
      session: sessions.session,
      pages,
      expander: identity.expander,
      resolver: identity.resolver,
    }),
    tokenRoute({ ...oauth, xsrf: sessions.xsrf }),
    ...homePages({
      ...pageParts,
      ...slow,
      allowNamedServers: hub.allow_named_servers,
      namedServerLimit: (user) => namedServerLimit(user, named),
      authState: identity.readAuthState,
    }),
    ...spawnPages({ ...pageParts, named, authState: identity.readAuthState }),
    pendingPage(pageParts),
    adminPage({
      pages,
      panel,
      apiPageLimit: hub.api_page_default_limit,
      version: `${wireVersion} (jupyterhub-ts ${hubVersion})`,
    }),
    ...tokenPages({
      ...tokens,
      pages,
      urls,
      loginSessions: sessions.loginSessions,
      session: sessions.session,
      visitors: sessions.visitors,
      xsrf: sessions.xsrf,
    }),
    ...acceptSharePages({ ...pageParts, access, expander: identity.expander, now: clock.now, log }),
    ...userServerPages({
      ...pageParts,
      allowNamedServers: hub.allow_named_servers,
      implicitSpawnSeconds: hub.implicit_spawn_seconds,
      stoppedStatus: hub.use_legacy_stopped_server_status_code ? 503 : 424,
      redirectLimit: web.user_redirect_limit,
      loginUrl: (exchange) => loginUrl(exchange, toLogin),
      log,
    }),
    ...otherPages({
      urls,
      pages,
      next,
      defaultUrl: defaultUrlOf(foundation),
      loginUrl: (exchange) => loginUrl(exchange, toLogin),
      userRedirectHook: hub.user_redirect_hook,
      defaultServerName: hub.allow_named_servers ? hub.default_server_name : '',
    }),
  ]

  return {
    foundation,
    identity,
    sessions,
    serving,
    proxy,
    monitoring,
    routes: { api: apiRoutes, pages: pageRoutes },
    web: assembleWeb(foundation, {
      version: wireVersion,
      identity,
      sessions,
      pages,
      panel,
      pageRoutes,
      apiRoutes,
      observe: (request) => {
        monitoring.metrics.observeRequest(request)
      },
    }),
    loadData: async () => {
      await services.load(await startUpData(foundation, identity, serviceSpecs))
      await removeOrphanClients(foundation)
      await purgeExpired(foundation)
    },
    startServices: (signal) => services.startAll(signal),
    stopServices: () => services.stop(),
  }
}
