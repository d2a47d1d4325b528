import type { PageRoute } from '../http/page.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import { publicError } from '../http/hub-error.js'
import { type HubUrls, serverUrl } from '../hub-urls.js'
import type { NextTarget } from '../login/next-target.js'
import type { HubPages } from '../pages/hub-pages.js'
import { loadUserFacts, serverFacts, type UserFactsDeps } from '../pages/user-facts.js'
import { notRunningView, pendingView } from '../pages/views/server-views.js'
import { findServer } from './find-server.js'
import { assertServerAccess, type ServerAccessDeps } from './page-access.js'
import type { Servers } from './servers.js'

export interface PendingPageDeps extends ServerAccessDeps {
  readonly servers: Servers
  readonly pages: HubPages
  readonly userFacts: UserFactsDeps
  readonly urls: HubUrls
  readonly next: NextTarget
  readonly xsrf: XsrfGuard
}

/** The page a browser waits on while a server starts. It never starts anything itself. */
export function pendingPage(deps: PendingPageDeps): PageRoute {
  return {
    methods: ['get'],
    paths: ['/spawn-pending/:user', '/spawn-pending/:user/:server'],
    visitor: 'user',
    run: async ({ params, visitor, exchange }) => {
      const serverName = params['server'] ?? ''
      const request = { visitor, userName: params['user'] ?? '', serverName, scope: 'servers' }
      const { user } = await assertServerAccess(request, deps)
      const record = await findServer(deps.database, user, serverName)
      const forUser = await loadUserFacts(user, deps.userFacts)
      const notRunning = async (failure?: { message: string; messageHtml?: string }): Promise<string> =>
        deps.pages.render(
          exchange,
          'not_running.html',
          notRunningView(
            { forUser, serverName, implicitSpawnSeconds: 0, ...(failure === undefined ? {} : { failure }) },
            deps.urls,
          ),
        )
      if (record === undefined) return { status: 404, html: await notRunning() }
      if (deps.servers.isReady(record)) {
        return { redirect: await deps.next.of(exchange, user, serverUrl(deps.urls, user.name, serverName)) }
      }
      const page = deps.servers.pendingOf(record) === 'stop' ? 'stop_pending.html' : 'spawn_pending.html'
      if (deps.servers.pendingOf(record) !== null) {
        const view = pendingView({ forUser, server: serverFacts(record, deps.userFacts) }, deps.urls)
        return { status: 200, html: await deps.pages.render(exchange, page, view) }
      }
      const failure = failureOf(record.life.failure, deps.servers.live.get(record.id)?.lastError)
      if (failure === undefined) return { status: 200, html: await notRunning() }
      return { status: failure.status, html: await notRunning(failure) }
    },
  }
}

/** How the last start failed: what its error says, or after a restart of the hub what was kept of it. */
export function failureOf(
  kept: { readonly status: number | null; readonly message: string } | null,
  error: unknown,
): { readonly status: number; readonly message: string; readonly messageHtml?: string } | undefined {
  if (kept === null) return undefined
  if (error === undefined) return { status: kept.status ?? 500, message: kept.message }
  const { status, message, messageHtml } = publicError(error)
  return { status, message, ...(messageHtml === undefined ? {} : { messageHtml }) }
}
