import type { HubUrls } from '../../hub-urls.js'
import { isValidServerName } from '../../servers/server-name.js'
import { neverStarted, spawnerView, spawnUrl, type UserFacts, userView } from './user-view.js'

export interface HomeFacts {
  readonly user: UserFacts
  readonly allowNamedServers: boolean
  /** 0 lifts the limit. */
  readonly namedServerLimit: number
  readonly authState: unknown
  /** Whether the user may let others into their servers. */
  readonly mayShare?: boolean
}

/** Variables of `home.html`. */
export function homeView(
  { user, allowNamedServers, namedServerLimit, authState, mayShare = false }: HomeFacts,
  urls: HubUrls,
): Record<string, unknown> {
  const view = userView(user, urls)
  const named = view.all_spawners({ include_default: false })
  return {
    user: view,
    // Upstream looks at all servers here and leads to a page saying "not running" while only a named one runs.
    url: view.spawner.active ? view.url : spawnUrl(urls, user.name, ''),
    allow_named_servers: allowNamedServers,
    named_server_limit_per_user: namedServerLimit,
    spawners: named,
    named_spawners: named,
    default_server: view.spawner,
    // The row that scripts copy for a server that is added.
    blank_spawner: spawnerView(user, { ...neverStarted }, urls),
    may_share: mayShare,
    invalid_server_names: named.map((spawner) => spawner.name).filter((name) => !isValidServerName(name)),
    auth_state: authState,
  }
}
