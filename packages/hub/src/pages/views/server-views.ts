import type { HubUrls } from '../../hub-urls.js'
import { progressUrl } from '../../hub-urls.js'
import { type ServerFacts, spawnerView, spawnUrl, type UserFacts, userView } from './user-view.js'

export interface SpawnFormFacts {
  /** Whose server it is; not always the visitor's. */
  readonly forUser: UserFacts
  readonly server: ServerFacts
  /** The options form: the administrator's or plug-in's HTML, trusted. */
  readonly optionsFormHtml: string
  /** Text; escaped. */
  readonly errorMessage?: string
  /** HTML of a plug-in, trusted; shown instead of the text. */
  readonly errorHtml?: string
  /** Path and query of the request. */
  readonly requestUrl: string
  readonly xsrfToken: string
  readonly authState: unknown
}

/** Variables of `spawn.html`. */
export function spawnFormView(facts: SpawnFormFacts, urls: HubUrls): Record<string, unknown> {
  return {
    for_user: userView(facts.forUser, urls),
    spawner: spawnerView(facts.forUser, facts.server, urls),
    spawner_options_form: facts.optionsFormHtml,
    error_message: facts.errorMessage ?? '',
    error_html_message: facts.errorHtml ?? '',
    url: spawnFormAction(facts.requestUrl, facts.xsrfToken),
    auth_state: facts.authState,
  }
}

/** The form goes back to where it came from, with this request's token and no older one. */
export function spawnFormAction(requestUrl: string, xsrfToken: string): string {
  const queryAt = requestUrl.indexOf('?')
  const path = queryAt === -1 ? requestUrl : requestUrl.slice(0, queryAt)
  const query = queryAt === -1 ? [] : requestUrl.slice(queryAt + 1).split('&')
  const kept = query.filter((pair) => pair !== '' && !pair.startsWith('_xsrf='))
  return `${path}?${[...kept, `_xsrf=${encodeURIComponent(xsrfToken)}`].join('&')}`
}

export interface PendingFacts {
  readonly forUser: UserFacts
  readonly server: ServerFacts
  readonly authState?: unknown
}

/** Variables of `spawn_pending.html` and `stop_pending.html`. */
export function pendingView({ forUser, server, authState }: PendingFacts, urls: HubUrls): Record<string, unknown> {
  return {
    for_user: userView(forUser, urls),
    spawner: spawnerView(forUser, server, urls),
    progress_url: progressUrl(urls, forUser.name, server.name),
    auth_state: authState ?? null,
  }
}

export interface NotRunningFacts {
  readonly forUser: UserFacts
  readonly serverName: string
  /** Query of the link that starts the server: `next` and what else is to survive. Without question mark. */
  readonly spawnQuery?: string
  /** Set when the last start failed. */
  readonly failure?: { readonly message: string; readonly messageHtml?: string }
  /** 0: the page waits for somebody to press the button. */
  readonly implicitSpawnSeconds: number
}

/** Variables of `not_running.html`. */
export function notRunningView(facts: NotRunningFacts, urls: HubUrls): Record<string, unknown> {
  const query = facts.spawnQuery === undefined || facts.spawnQuery === '' ? '' : `?${facts.spawnQuery}`
  return {
    for_user: userView(facts.forUser, urls),
    server_name: facts.serverName,
    spawn_url: spawnUrl(urls, facts.forUser.name, facts.serverName) + query,
    failed: facts.failure !== undefined,
    failed_message: facts.failure?.message ?? '',
    failed_html_message: facts.failure?.messageHtml ?? '',
    // A start that has just failed is not repeated without being asked for.
    implicit_spawn_seconds: facts.failure === undefined ? facts.implicitSpawnSeconds : 0,
  }
}
