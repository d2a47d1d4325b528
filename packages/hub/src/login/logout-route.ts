import type { Log } from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import type { AccessVersion } from '../access/access-version.js'
import type { Database } from '../database/index.js'
import type { HubEvents } from '../events.js'
import type { Exchange } from '../http/exchange.js'
import type { PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import type { VisitorUser } from '../http/visitor.js'
import type { HubUrls } from '../hub-urls.js'
import { abortable } from '../servers/deadline.js'
import type { OwnerLoader } from '../servers/owner-loader.js'
import * as tokenStore from '../tokens/token-store.js'
import { loginRequest, publicUrl } from './login-request.js'
import type { LoginSessions } from './login-sessions.js'
import type { LoginSession } from './login-session.js'
import type { PageWriter } from './page-writer.js'

export interface LogoutRouteDeps {
  readonly authenticator: Authenticator
  readonly database: Database
  readonly urls: HubUrls
  readonly session: LoginSession
  readonly loginSessions: Pick<LoginSessions, 'ended'>
  readonly access: AccessVersion
  readonly owners: Pick<OwnerLoader, 'load'>
  readonly pages: PageWriter
  readonly events: HubEvents
  readonly log: Log
  /** With `shutdown_on_logout`: stops the user's running servers, waiting as long as a person should; undefined: they go on. */
  readonly stopServersOf?: ((user: { readonly id: number; readonly name: string }) => Promise<void>) | undefined
}

/** Longest wait for the authenticator's hook; the person is logged out by then. */
const hookTimeoutMs = 10_000

/** `GET {hub}logout`. Nothing guards it against forged requests: the worst they do is to make somebody log in again. */
export function logoutRoute(deps: LogoutRouteDeps): PageRoute {
  return {
    methods: ['get'],
    paths: ['/logout'],
    visitor: 'anyone',
    xsrf: 'by-route',
    run: async ({ exchange, visitor }): Promise<Reply> => {
      const goTo = visitor.kind === 'user' ? await logOut(exchange, visitor.user, deps) : undefined
      if (goTo !== undefined) return { redirect: goTo }
      // With auto_login, the login page would log the person in again at once.
      if (deps.authenticator.config.auto_login)
        return { status: 200, html: await deps.pages.render(exchange, 'logout.html') }
      return { redirect: `${deps.urls.hubPrefix}login` }
    },
  }
}

async function logOut(exchange: Exchange, user: VisitorUser, deps: LogoutRouteDeps): Promise<string | undefined> {
  const { access, database, events, log, session, stopServersOf } = deps
  const startedAt = performance.now()
  try {
    await stopServersOf?.(user)
  } catch (error) {
    log.error('servers could not be stopped at logout', { user: user.name, error })
  }
  const { sessionId } = exchange
  if (sessionId !== undefined) {
    const removed = await database.write((tx) => tokenStore.removeBySession(tx, user.id, sessionId))
    if (removed.length > 0) access.bump()
    await deps.loginSessions.ended(sessionId, user.id)
  }
  session.end(exchange)
  const goTo = await runHook(exchange, user, deps)
  events.emit('loggedOut', { seconds: (performance.now() - startedAt) / 1_000 })
  log.info(`User logged out: ${user.name}`)
  return goTo
}

async function runHook(
  exchange: Exchange,
  user: VisitorUser,
  { authenticator, owners, urls, log }: LogoutRouteDeps,
): Promise<string | undefined> {
  try {
    const { forHooks } = await owners.load(user.id)
    const hook = authenticator.onLogout(forHooks, {
      ...loginRequest(exchange, undefined),
      publicUrl: (path) => publicUrl(exchange, urls, path),
    })
    return (await abortable(hook, AbortSignal.timeout(hookTimeoutMs))) ?? undefined
  } catch (error) {
    log.error('the authenticator failed at logout', { user: user.name, error })
    return undefined
  }
}
