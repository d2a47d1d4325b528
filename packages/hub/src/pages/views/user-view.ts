import { encodeForPath } from '@hub/api'
import { type HubUrls, progressUrl, serverPath, serverUrl } from '../../hub-urls.js'

/** One server of a user, as pages show it. */
export interface ServerFacts {
  /** Empty: the default server. */
  readonly name: string
  readonly displayName: string
  readonly ready: boolean
  readonly pending: 'spawn' | 'stop' | 'check' | 'rename' | null
  readonly startedAt: Date | null
  readonly lastActivity: Date | null
  readonly userOptions: Readonly<Record<string, unknown>> | null
}

/** A user, as pages show them. */
export interface UserFacts {
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  /** Every server that exists; a default server that never ran may be missing. */
  readonly servers: readonly ServerFacts[]
  /** Whether starting a server asks for options first. */
  readonly hasOptionsForm: boolean
}

/** What templates find behind `spawner`. Names are upstream's. */
export interface SpawnerView {
  readonly name: string
  readonly escaped_name: string
  readonly display_name: string
  readonly url: string
  readonly progress_url: string
  readonly ready: boolean
  readonly active: boolean
  readonly pending: ServerFacts['pending']
  readonly started: Date | null
  readonly last_activity: Date | null
  readonly user_options: Readonly<Record<string, unknown>>
  readonly options_form: boolean
  readonly user: { readonly name: string; readonly escaped_name: string; readonly url: string }
}

/** What templates find behind `user`. Names are upstream's. */
export interface UserView {
  readonly name: string
  readonly escaped_name: string
  readonly json_escaped_name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  readonly url: string
  readonly active: boolean
  readonly running: boolean
  readonly spawner: SpawnerView
  readonly spawners: ReadonlyMap<string, SpawnerView>
  server_url(name?: string): string
  progress_url(name?: string): string
  all_spawners(options?: { readonly include_default?: boolean }): readonly SpawnerView[]
}

/** A server that was never started: the default one of new users. */
export const neverStarted: ServerFacts = {
  name: '',
  displayName: '',
  ready: false,
  pending: null,
  startedAt: null,
  lastActivity: null,
  userOptions: null,
}

export function spawnerView(
  user: Pick<UserFacts, 'name' | 'hasOptionsForm'>,
  server: ServerFacts,
  urls: HubUrls,
): SpawnerView {
  return {
    name: server.name,
    escaped_name: encodeForPath(server.name),
    display_name: server.displayName,
    url: serverUrl(urls, user.name, server.name),
    progress_url: progressUrl(urls, user.name, server.name),
    ready: server.ready,
    active: server.ready || server.pending !== null,
    pending: server.pending,
    started: server.startedAt,
    last_activity: server.lastActivity,
    user_options: server.userOptions ?? {},
    options_form: user.hasOptionsForm,
    user: {
      name: user.name,
      escaped_name: encodeForPath(user.name),
      url: serverUrl(urls, user.name, ''),
    },
  }
}

export function userView(user: UserFacts, urls: HubUrls): UserView {
  const spawners = new Map(
    [neverStarted, ...user.servers].map((server) => [server.name, spawnerView(user, server, urls)]),
  )
  const defaultSpawner = spawners.get('') ?? spawnerView(user, neverStarted, urls)
  return {
    name: user.name,
    escaped_name: encodeForPath(user.name),
    json_escaped_name: JSON.stringify(user.name).slice(1, -1),
    admin: user.admin,
    groups: user.groups,
    url: defaultSpawner.url,
    active: [...spawners.values()].some((spawner) => spawner.active),
    running: defaultSpawner.ready,
    spawner: defaultSpawner,
    spawners,
    server_url: (name = '') => serverUrl(urls, user.name, name),
    progress_url: (name = '') => progressUrl(urls, user.name, name),
    all_spawners: ({ include_default = true } = {}) =>
      [...spawners.values()].filter((spawner) => include_default || spawner.name !== ''),
  }
}

/** Where a server is started from: the spawn page. */
export const spawnUrl = (urls: HubUrls, userName: string, serverName: string): string =>
  `${urls.hubPrefix}spawn/${serverPath(userName, serverName)}`
