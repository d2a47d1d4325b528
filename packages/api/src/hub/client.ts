import { reportActivity } from './activity.js'
import type { AnswerOf, Call, QueryValues } from './client-call.js'
import { HubConnection } from './client-connection.js'
import { HubAnswerError } from './client-errors.js'
import type { HubApiClientOptions } from './client-options.js'
import type { Endpoint } from './endpoint.js'
import { addGroupUsers, createGroup, deleteGroup, getGroup, listGroups, removeGroupUsers } from './groups.js'
import type {
  GroupModel,
  NewTokenModel,
  ServerModel,
  ServiceModel,
  TokenModel,
  UserModel,
  WhoamiModel,
} from './models.js'
import { getServerProgress, type ProgressEvent, progressEvent } from './progress.js'
import { getVersion, shutdownHub, whoami } from './root.js'
import { createServer, getServer, type ServerRequest, startServer, stopServer } from './servers.js'
import { listServices } from './services.js'
import { formatTimestamp } from './timestamps.js'
import { createToken, deleteToken, listTokens } from './tokens.js'
import { createUsers, deleteUser, getUser, listUsers, updateUser } from './users.js'

interface Signal {
  readonly signal?: AbortSignal | undefined
}

export interface UserQuery extends Signal {
  readonly state?: 'active' | 'ready' | 'inactive'
  readonly nameFilter?: string
  readonly sort?: 'id' | '-id' | 'name' | '-name' | 'last_activity' | '-last_activity'
  readonly includeStoppedServers?: boolean
}

export interface TokenRequest {
  readonly note?: string
  readonly scopes?: readonly string[]
  readonly expiresInSeconds?: number
}

/**
 * Typed client of the hub's REST API, ours or the reference hub's. Keep one per hub, close it at the end.
 * What has no method here is called by its contract: `client.call(listShareCodesOfServer, { params })`.
 *
 * Every method throws HubUnreachableError, HubAnswerError, or the reason of its signal when that is aborted.
 */
export class HubApiClient {
  readonly #hub: HubConnection

  constructor(readonly options: HubApiClientOptions) {
    this.#hub = new HubConnection(options)
  }

  /** Calls an endpoint by its contract. */
  call<E extends Endpoint>(endpoint: E, call: Call<E>): Promise<AnswerOf<E>> {
    return this.#hub.call(endpoint, call)
  }

  async version(options: Signal = {}): Promise<string> {
    return (await this.call(getVersion, options)).body.version
  }

  async whoami(options: Signal = {}): Promise<WhoamiModel> {
    return (await this.call(whoami, options)).body
  }

  /** All users, read page by page. */
  async *users(query: UserQuery = {}): AsyncGenerator<UserModel, void> {
    const { state, nameFilter, sort, includeStoppedServers, signal } = query
    const asked = { state, name_filter: nameFilter, sort, include_stopped_servers: includeStoppedServers }
    yield* this.#pages(asked, async (page) => {
      return (await this.call(listUsers, { query: page, isPaged: true, signal })).body
    })
  }

  /** @returns undefined if there is no such user, or none the token may see */
  async user(user: string, options: Signal = {}): Promise<UserModel | undefined> {
    return await orUndefined(this.call(getUser, { params: { user }, ...options }))
  }

  /** Creates those that do not exist; the hub refuses (409) if all do. */
  async createUsers(
    usernames: readonly string[],
    options: Signal & { readonly admin?: boolean } = {},
  ): Promise<UserModel[]> {
    const { admin = false, signal } = options
    return (await this.call(createUsers, { body: { usernames: [...usernames], admin }, signal })).body
  }

  async updateUser(
    user: string,
    change: { readonly name?: string; readonly admin?: boolean },
    options: Signal = {},
  ): Promise<UserModel> {
    return (await this.call(updateUser, { params: { user }, body: change, ...options })).body
  }

  async deleteUser(user: string, options: Signal = {}): Promise<void> {
    await this.call(deleteUser, { params: { user }, ...options })
  }

  /** @param server - the empty name is the default server, here and in the other methods */
  async server(user: string, server = '', options: Signal = {}): Promise<ServerModel | undefined> {
    return await orUndefined(this.call(getServer, { params: { user, server }, ...options }))
  }

  async createServer(
    user: string,
    server: string,
    body: Partial<ServerRequest> = {},
    options: Signal = {},
  ): Promise<ServerModel> {
    return (await this.call(createServer, { params: { user, server }, body, ...options })).body
  }

  /** @returns status 201 if the server is ready, 202 if it is still starting */
  startServer(
    user: string,
    server = '',
    body: Partial<ServerRequest> = {},
    options: Signal = {},
  ): Promise<AnswerOf<typeof startServer>> {
    return this.call(startServer, { params: { user, server }, body, ...options })
  }

  /** Follows a start; the last event says `ready` or `failed`. Starts may take long: only the signal ends this early. */
  async *followProgress(user: string, server = '', options: Signal = {}): AsyncGenerator<ProgressEvent, void> {
    for await (const data of this.#hub.stream(getServerProgress, { params: { user, server }, ...options })) {
      yield progressEvent.parse(JSON.parse(data))
    }
  }

  /** @returns status 204 if the server has stopped, 202 if it is still stopping */
  stopServer(
    user: string,
    server = '',
    options: Signal & { readonly remove?: boolean } = {},
  ): Promise<AnswerOf<typeof stopServer>> {
    const { remove, signal } = options
    return this.call(stopServer, { params: { user, server }, ...(remove ? { body: { remove } } : {}), signal })
  }

  /** Reports when a user, and servers of the user by name, were last active. */
  async reportActivity(
    user: string,
    at: Date,
    servers: Readonly<Record<string, Date>> = {},
    options: Signal = {},
  ): Promise<void> {
    const times = Object.entries(servers).map(([name, time]) => [name, { last_activity: formatTimestamp(time) }])
    const body = {
      last_activity: formatTimestamp(at),
      servers: Object.fromEntries(times) as Record<string, { last_activity: string }>,
    }
    await this.call(reportActivity, { params: { user }, body, ...options })
  }

  async tokens(user: string, options: Signal = {}): Promise<TokenModel[]> {
    return (await this.call(listTokens, { params: { user }, ...options })).body.api_tokens
  }

  /** Without scopes the token may do whatever the user may. */
  async createToken(
    user: string,
    { note, scopes, expiresInSeconds }: TokenRequest = {},
    options: Signal = {},
  ): Promise<NewTokenModel> {
    const body = { note, scopes, expires_in: expiresInSeconds }
    return (await this.call(createToken, { params: { user }, body, ...options })).body
  }

  async deleteToken(user: string, token: string, options: Signal = {}): Promise<void> {
    await this.call(deleteToken, { params: { user, token }, ...options })
  }

  /** All groups, read page by page. */
  async *groups({ signal }: Signal = {}): AsyncGenerator<GroupModel, void> {
    yield* this.#pages({}, async (query) => (await this.call(listGroups, { query, isPaged: true, signal })).body)
  }

  async group(group: string, options: Signal = {}): Promise<GroupModel | undefined> {
    return await orUndefined(this.call(getGroup, { params: { group }, ...options }))
  }

  async createGroup(group: string, users: readonly string[] = [], options: Signal = {}): Promise<GroupModel> {
    return (await this.call(createGroup, { params: { group }, body: { users }, ...options })).body
  }

  async deleteGroup(group: string, options: Signal = {}): Promise<void> {
    await this.call(deleteGroup, { params: { group }, ...options })
  }

  async addGroupUsers(group: string, users: readonly string[], options: Signal = {}): Promise<GroupModel> {
    return (await this.call(addGroupUsers, { params: { group }, body: { users: [...users] }, ...options })).body
  }

  async removeGroupUsers(group: string, users: readonly string[], options: Signal = {}): Promise<GroupModel> {
    return (await this.call(removeGroupUsers, { params: { group }, body: { users: [...users] }, ...options })).body
  }

  /** By name. */
  async services(options: Signal = {}): Promise<Readonly<Record<string, ServiceModel>>> {
    return (await this.call(listServices, options)).body
  }

  /** Stops the hub; what is not said about proxy and servers follows its configuration. */
  async shutdown(
    what: { readonly proxy?: boolean; readonly servers?: boolean } = {},
    options: Signal = {},
  ): Promise<void> {
    await this.call(shutdownHub, { body: what, ...options })
  }

  /** Drops the kept connections; calls under way fail. */
  close(): Promise<void> {
    return this.#hub.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#pages<Item>(
    query: QueryValues,
    load: (query: QueryValues) => Promise<Page<Item>>,
  ): AsyncGenerator<Item, void> {
    const limit = this.options.pageSize
    for (let offset = 0; ;) {
      const page = await load({ ...query, offset, limit })
      // Hubs before 2.0 know no pages and give everything at once.
      if (Array.isArray(page)) return yield* page
      yield* page.items
      if (!page._pagination.next) return
      offset = page._pagination.next.offset
    }
  }
}

type Page<Item> =
  Item[] | { readonly items: Item[]; readonly _pagination: { readonly next: { readonly offset: number } | null } }

async function orUndefined<Body>(answer: Promise<{ readonly body: Body }>): Promise<Body | undefined> {
  try {
    return (await answer).body
  } catch (error) {
    if (error instanceof HubAnswerError && error.answerStatus === 404) return undefined
    throw error
  }
}
