import {
  type JsonObject,
  type ServerFacts,
  serverAccessScopes,
  serverActivityUrl,
  serverClientId,
  serverPrefix,
} from '@hub/api'
import type { ServerAddress } from '@hub/spawner'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database, Sql } from '../database/index.js'
import { HubError } from '../http/hub-error.js'
import { type HubUrls, publicServerUrl, serverRoutespec, serverUrl } from '../hub-urls.js'
import * as clientStore from '../oauth/client-store.js'
import { GENERATED_TOKEN_ROUNDS, generateApiToken, hashToken } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import { addressParts, type ServerAddressParts } from './server-address.js'
import { enteredFrom, type ServerPhase } from './server-phase.js'
import * as phases from './server-state-store.js'
import * as serverStore from './server-store.js'
import { forgetLaunch, type ServerTokens, serverTokenNote } from './server-token.js'
import type { SpawnFailure } from './spawn-failure.js'
import type { SpawnOrder } from './spawn-order.js'

/** What has been written for one start of a server. */
export interface Launch {
  readonly spawnerId: number
  readonly userId: number
  readonly generation: number
  readonly actor: string
  readonly servicePrefix: string
  /** What the proxy routes to the server by. */
  readonly routespec: string
  readonly facts: ServerFacts
  readonly userOptions: JsonObject
}

export interface LaunchRecordsDeps {
  readonly database: Database
  readonly activity: Pick<ActivityRecorder, 'report'>
  readonly urls: HubUrls
  /** Called when tokens have been deleted, after the commit. */
  readonly onTokensDeleted: (tokens: ServerTokens) => void
  readonly now: () => Date
  readonly settings: LaunchSettings
  /** Scopes of the server's own token, and those its OAuth client may hand on to visitors. */
  readonly scopesFor: (order: SpawnOrder) => Promise<ServerScopes>
}

export interface LaunchSettings {
  readonly cookieOptions: JsonObject
  readonly cookieHostPrefixEnabled: boolean
  readonly adminAccess: boolean
}

export interface ServerScopes {
  readonly token: readonly string[]
  /** The option `oauth_client_allowed_scopes`, resolved. */
  readonly configured: readonly string[]
  /** These and the right to enter the server: what the client may ask for. */
  readonly clientAllowed: readonly string[]
}

/** Writes each step of a start to the database. Every write is bound to this start's generation. */
export class LaunchRecords {
  constructor(private readonly deps: LaunchRecordsDeps) {}

  /**
   * Takes the server for this start and writes all that must exist before its process does: token, OAuth client, address.
   *
   * @throws {@link HubError} when somebody else has the server
   */
  async claim(order: SpawnOrder): Promise<Launch> {
    const { database, activity, now } = this.deps
    const { owner, live, actor } = order
    const facts = this.#facts(order)
    const scopes = await this.deps.scopesFor(order)
    const at = now()
    const { config } = live.spawner
    const deadline = new Date(at.getTime() + (config.start_timeout + config.http_timeout) * 1_000)
    const userOptions = order.userOptions ?? order.previous.userOptions ?? {}
    const generation = await database.write(async (tx) => {
      const generation = await phases.claim(tx, live.spawnerId, { at, deadline, actor })
      if (generation === undefined) {
        throw new HubError('server_busy', 400, `${owner.name}'s server is pending; wait until that has ended.`)
      }
      // The secret is as random as any token, so one round protects it; what the row says is what verifies it.
      const secret = hashToken(facts.apiToken, { rounds: GENERATED_TOKEN_ROUNDS })
      await clientStore.upsert(tx, {
        identifier: facts.oauthClientId,
        description: serverTokenNote(facts.servicePrefix),
        secret: secret.hashed,
        redirectUri: facts.oauthCallbackUrl,
        allowedScopes: scopes.clientAllowed,
      })
      await tokenStore.create(tx, {
        owner: { userId: owner.id },
        ...secret,
        clientId: 'jupyterhub',
        scopes: scopes.token,
        note: serverTokenNote(facts.servicePrefix),
        created: at,
        expiresAt: null,
      })
      if (order.previous.address !== null) await serverStore.detachAddress(tx, live.spawnerId)
      const serverId = await serverStore.createAddress(tx, {
        proto: 'http',
        ip: '',
        port: null,
        baseUrl: facts.servicePrefix,
        cookieName: facts.oauthClientId,
      })
      await serverStore.update(tx, live.spawnerId, {
        serverId,
        oauthClientId: facts.oauthClientId,
        userOptions,
        state: {},
        started: at,
        lastActivity: at,
        ...(order.displayName === undefined ? {} : { displayName: order.displayName }),
      })
      return generation
    })
    activity.report('users', owner.id, at)
    return {
      spawnerId: live.spawnerId,
      userId: owner.id,
      generation,
      actor,
      servicePrefix: facts.servicePrefix,
      routespec: serverRoutespec(this.deps.urls, owner.name, live.serverName),
      facts: { ...facts, oauthClientAllowedScopes: scopes.configured },
      userOptions,
    }
  }

  /**
   * The process exists; what it takes to find it again is written before it can do anything.
   *
   * @throws {@link HubError} when the server is not this start's any more: the process must not be let go then
   */
  async enterStarting(launch: Launch, state: JsonObject): Promise<void> {
    await this.deps.database.write(async (tx) => {
      if (!(await this.#transition(tx, launch, 'starting'))) throw takenByOthers()
      await serverStore.update(tx, launch.spawnerId, { state })
    })
  }

  /** What the spawner wants to have kept later on. */
  async saveState(launch: Launch, state: JsonObject): Promise<void> {
    await serverStore.update(this.deps.database.autocommit, launch.spawnerId, { state })
  }

  async saveAddress(launch: Launch, told: ServerAddress): Promise<ServerAddressParts> {
    const address = addressParts(told, launch.servicePrefix)
    const { proto, ip, port } = address
    await serverStore.setAddress(this.deps.database.autocommit, launch.spawnerId, { proto, ip, port })
    return address
  }

  async enterReady(launch: Launch): Promise<void> {
    await this.#enter(launch, 'ready')
  }

  async enterStopping(launch: Launch, reason: string): Promise<void> {
    await this.#tryEnter(launch, 'stopping', undefined, reason)
  }

  async enterUnknown(launch: Launch, failure: SpawnFailure, reason: string): Promise<void> {
    await this.#tryEnter(launch, 'unknown', { status: failure.status, message: failure.message }, reason)
  }

  async enterFailed(launch: Launch, failure: SpawnFailure): Promise<void> {
    await this.#tryEnter(launch, 'failed', { status: failure.status, message: failure.message })
  }

  async enterStopped(launch: Launch, reason: string): Promise<void> {
    await this.#tryEnter(launch, 'stopped', undefined, reason)
  }

  /**
   * After a {@link claim} that got no answer from the database: takes the server back if it did claim it. Nobody else can
   * have it in this phase, for a start of this hub is under way.
   */
  async abandon({ owner, live, actor }: SpawnOrder, failure: SpawnFailure): Promise<void> {
    const { database, urls, now } = this.deps
    const servicePrefix = serverPrefix(urls.baseUrl, live.userName, live.serverName)
    await database.write(async (tx) => {
      const record = await serverStore.findById(tx, live.spawnerId)
      if (record?.life.phase !== 'requested') return
      await forgetLaunch(tx, live.spawnerId, servicePrefix)
      await serverStore.update(tx, live.spawnerId, { started: null, state: {} })
      await phases.transition(tx, live.spawnerId, {
        from: ['requested'],
        to: 'failed',
        generation: record.life.generation,
        at: now(),
        actor,
        failure: { status: failure.status, message: failure.message },
      })
    })
    this.deps.onTokensDeleted({ userId: owner.id, clientId: serverClientId(owner.name, live.serverName) })
  }

  /** Takes back what {@link claim} has written; the spawner row and its options stay. */
  async release(launch: Launch): Promise<void> {
    await this.deps.database.write(async (tx) => {
      await forgetLaunch(tx, launch.spawnerId, launch.servicePrefix)
      await serverStore.update(tx, launch.spawnerId, { started: null, state: {} })
    })
    this.deps.onTokensDeleted({ userId: launch.userId, clientId: launch.facts.oauthClientId })
  }

  async #enter(launch: Launch, to: ServerPhase): Promise<void> {
    if (!(await this.#tryEnter(launch, to))) throw takenByOthers()
  }

  #tryEnter(
    launch: Launch,
    to: ServerPhase,
    failure?: { status: number; message: string },
    reason?: string,
  ): Promise<boolean> {
    return this.#transition(this.deps.database.autocommit, launch, to, failure, reason)
  }

  #transition(
    sql: Sql,
    launch: Launch,
    to: ServerPhase,
    failure?: { status: number; message: string },
    reason?: string,
  ): Promise<boolean> {
    return phases.transition(sql, launch.spawnerId, {
      from: enteredFrom[to],
      to,
      generation: launch.generation,
      at: this.deps.now(),
      actor: launch.actor,
      ...(failure === undefined ? {} : { failure }),
      ...(reason === undefined ? {} : { reason }),
    })
  }

  #facts({ owner, live }: SpawnOrder): ServerFacts {
    const { urls, settings } = this.deps
    const servicePrefix = serverPrefix(urls.baseUrl, owner.name, live.serverName)
    const hubApiUrl = hubApiUrlFor(live.spawner.config.hub_connect_url, urls)
    return {
      userName: owner.name,
      serverName: live.serverName,
      apiToken: generateApiToken(),
      oauthClientId: serverClientId(owner.name, live.serverName),
      oauthCallbackUrl: `${serverUrl(urls, owner.name, live.serverName)}oauth_callback`,
      oauthAccessScopes: serverAccessScopes(owner.name, live.serverName),
      oauthClientAllowedScopes: [],
      servicePrefix,
      baseUrl: urls.baseUrl,
      hubApiUrl,
      activityUrl: serverActivityUrl(hubApiUrl, owner.name),
      hubHost: urls.publicOrigin,
      publicUrl: publicServerUrl(urls, owner.name, live.serverName),
      publicHubUrl: urls.publicOrigin === '' ? '' : `${urls.publicOrigin}${urls.hubPrefix}`,
      cookieOptions: settings.cookieOptions,
      cookieHostPrefixEnabled: settings.cookieHostPrefixEnabled,
      adminAccess: settings.adminAccess,
    }
  }
}

const takenByOthers = (): HubError =>
  new HubError('server_taken', 409, 'The server was stopped or started by somebody else meanwhile.')

function hubApiUrlFor(override: string | null, urls: HubUrls): string {
  if (override === null || override === '') return urls.apiUrl
  const { origin } = new URL(override)
  return `${origin}${urls.hubPrefix}api`
}
