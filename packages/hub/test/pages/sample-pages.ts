import { silentLog } from '@hub/api'
import { Permissions } from '../../src/access/permissions.js'
import { type HubUrls, hubUrls } from '../../src/hub-urls.js'
import {
  anonymousPage,
  consentView,
  homeView,
  loginView,
  notRunningView,
  type PageContext,
  PageRenderer,
  type PageSettings,
  pendingView,
  type ServerFacts,
  type ServiceLink,
  shareInvitationView,
  spawnFormView,
  tokenView,
  type TokenFacts,
  type UserFacts,
} from '../../src/pages/index.js'

export const urls: HubUrls = hubUrls({ baseUrl: '/base/', connectOrigin: 'http://127.0.0.1:8081', publicUrl: '' })

export const renderer = (settings: Partial<PageSettings> = {}): PageRenderer =>
  new PageRenderer(
    {
      urls,
      loginUrl: '/base/hub/login',
      logoutUrl: '/base/hub/logout',
      loginService: '',
      templatePaths: [],
      templateVars: {},
      versionHash: '20260101',
      ...settings,
    },
    { log: silentLog, recheckAfterMs: 0 },
  )

export const server = (facts: Partial<ServerFacts> = {}): ServerFacts => ({
  name: '',
  displayName: '',
  ready: false,
  pending: null,
  startedAt: null,
  lastActivity: null,
  userOptions: null,
  ...facts,
})

export const user = (facts: Partial<UserFacts> = {}): UserFacts => ({
  name: 'ada',
  admin: false,
  groups: [],
  servers: [],
  hasOptionsForm: false,
  ...facts,
})

export const seenBy = (
  visitor: UserFacts,
  scopes: readonly string[] = [],
  services: readonly ServiceLink[] = [],
): PageContext => ({
  visitor: { user: visitor, permissions: Permissions.parse(scopes), services },
  xsrfToken: 'xsrf-token',
})

export const nobody = anonymousPage('xsrf-token')

const home = { allowNamedServers: true, namedServerLimit: 0, authState: null, mayShare: true }
const authenticator = { requestOtp: false, otpPrompt: 'OTP:' }

export const token = (facts: Partial<TokenFacts> = {}): TokenFacts => ({
  apiId: 'a1',
  note: 'Requested via token page',
  scopes: ['inherit'],
  createdAt: new Date('2026-01-01T00:00:00Z'),
  lastActivity: null,
  expiresAt: null,
  ...facts,
})

/** Every stock page, about the given user and named server. */
export const everyPage: Readonly<
  Record<string, (pages: PageRenderer, about?: UserFacts, named?: string) => Promise<string>>
> = {
  login: (pages) =>
    pages.render(
      'login.html',
      nobody,
      loginView({ next: '', username: '', error: '', loginUrl: '/base/hub/login', authenticator }),
    ),
  logout: (pages) => pages.render('logout.html', nobody),
  admin: (pages, about = user()) =>
    pages.render('admin.html', seenBy(about), {
      panel: {
        script: 'admin/assets/start-1.js',
        preloads: ['admin/assets/main-1.js'],
        styles: ['admin/assets/start-1.css'],
      },
      api_page_limit: 50,
      server_version: '6.0.0',
    }),
  home: (pages, about = user(), named = 'lab') => {
    const owner = {
      ...about,
      servers: [
        server({ ready: true }),
        server({ name: named, displayName: named, ready: true, lastActivity: new Date() }),
      ],
    }
    return pages.render('home.html', seenBy(about), homeView({ user: owner, ...home }, urls))
  },
  spawn: (pages, about = user()) =>
    pages.render(
      'spawn.html',
      seenBy(user({ name: 'visitor' })),
      spawnFormView(
        {
          forUser: about,
          server: server(),
          optionsFormHtml: '<label>Energy <input name="energy"></label>',
          errorMessage: about.name,
          requestUrl: '/base/hub/spawn?next=%2Fx',
          xsrfToken: 'xsrf-token',
          authState: null,
        },
        urls,
      ),
    ),
  'spawn-pending': (pages, about = user(), named = 'lab') =>
    pages.render(
      'spawn_pending.html',
      seenBy(about),
      pendingView({ forUser: about, server: server({ name: named, pending: 'spawn' }) }, urls),
    ),
  'stop-pending': (pages, about = user()) =>
    pages.render(
      'stop_pending.html',
      seenBy(about),
      pendingView({ forUser: about, server: server({ pending: 'stop' }) }, urls),
    ),
  'not-running': (pages, about = user(), named = 'lab') =>
    pages.render(
      'not_running.html',
      seenBy(about),
      notRunningView({ forUser: about, serverName: named, implicitSpawnSeconds: 0 }, urls),
    ),
  'not-running after a failure': (pages, about = user(), named = 'lab') =>
    pages.render(
      'not_running.html',
      seenBy(about),
      notRunningView({ forUser: about, serverName: named, failure: { message: named }, implicitSpawnSeconds: 5 }, urls),
    ),
  token: (pages, about = user(), named = 'lab') =>
    pages.render(
      'token.html',
      seenBy(about),
      tokenView({
        tokens: [
          token({ note: named }),
          token({ apiId: 'a2', oauthClient: { id: 'service-wiki', description: `service ${named}` } }),
        ],
      }),
    ),
  oauth: (pages, about = user(), named = 'wiki') =>
    pages.render(
      'oauth.html',
      seenBy(about),
      consentView({
        client: {
          id: 'service-wiki',
          description: `JupyterHub service ${named}`,
          redirectUri: '/base/services/wiki/oauth_callback',
        },
        grantedScopes: ['read:users!user', 'access:services!service=wiki'],
        descriptions: [{ scope: 'read:users!user', description: 'Read user models.', filter: 'only you' }],
      }),
    ),
  'accept-share': (pages, about = user(), named = 'lab') =>
    pages.render(
      'accept-share.html',
      seenBy(user({ name: 'visitor' })),
      shareInvitationView(
        {
          code: 'the-code',
          owner: about,
          server: server({ name: named }),
          descriptions: [{ scope: 'access:servers', description: 'Access servers.', filter: '' }],
          nextUrl: '/base/user/ada/lab/',
        },
        urls,
      ),
    ),
  error: (pages, about = user(), named = 'lab') =>
    pages.renderError({ status: 403, statusMessage: 'Forbidden', message: named }, seenBy(about)),
  '404': (pages, about = user()) =>
    pages.renderError({ status: 404, statusMessage: 'Not Found', message: 'Not Found' }, seenBy(about)),
}
