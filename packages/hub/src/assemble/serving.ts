import { readOptionsFields, Spawner, type SpawnerConfig, type SpawnerContext } from '@hub/spawner'
import { serverTokenRequest, serverTokenScopes } from '../access/server-token-scopes.js'
import { requestGroupsInQuestion } from '../access/resolve.js'
import * as roleStore from '../access/role-store.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import { StubbornWrites } from '../database/stubborn-writes.js'
import { LaunchRecords, type ServerScopes } from '../servers/launch-records.js'
import { Servers } from '../servers/servers.js'
import type { SpawnOrder } from '../servers/spawn-order.js'
import type { ServerTokens } from '../servers/server-token.js'
import { SpawnerFactory } from '../servers/spawner-factory.js'
import { ServerWatch } from '../servers/watch.js'
import { ConfigProblem } from '../startup/config-problem.js'
import type { Foundation } from './foundation.js'
import { cookieOptionsOf } from './hub-settings.js'
import type { Identity } from './identity.js'
import { FailureCount } from '../servers/failure-count.js'
import { VersionCheck } from '../servers/version-check.js'

/** The servers of the users. */
export interface Serving {
  readonly servers: Servers
  readonly writes: StubbornWrites
  readonly watch: ServerWatch
  readonly hasOptionsForm: boolean
}

export function assembleServers(
  foundation: Foundation,
  identity: Identity,
  proxy: HubProxy,
  { version, giveUp }: { readonly version: string; readonly giveUp: () => void },
): Serving {
  const { settings, database, activity, events, clock, environment } = foundation
  const { hub, web, addresses } = settings
  const log = foundation.log.child({ module: 'servers' })
  // Nobody else's tokens have changed: all others stay remembered.
  const onTokensDeleted = ({ userId, clientId }: ServerTokens): void => {
    identity.tokens.forgetUser(userId)
    if (clientId !== null) identity.tokens.forgetClient(clientId)
  }
  const failures = new FailureCount({ limit: spawnerConfig(foundation)().consecutive_failure_limit, log, giveUp })
  const versions = new VersionCheck(version, log)
  // Watch and servers need each other; by the time a server ends, both are there.
  const watch: ServerWatch = new ServerWatch({
    events,
    log,
    random: clock.random,
    onExit: (live, code) => servers.exited(live, code),
    onUncertain: (live, uncertain) => servers.uncertain(live, uncertain),
  })
  const records = new LaunchRecords({
    database,
    activity,
    urls: addresses.urls,
    onTokensDeleted,
    now: clock.now,
    settings: {
      cookieOptions: cookieOptionsOf(web),
      cookieHostPrefixEnabled: hub.cookie_host_prefix_enabled,
      adminAccess: hub.admin_access,
    },
    scopesFor: (order) => serverScopes(order, foundation, identity),
  })
  const writes = new StubbornWrites(log)
  const servers: Servers = new Servers({
    database,
    activity,
    writes,
    proxy,
    events,
    log,
    watch,
    records,
    onTokensDeleted,
    authenticator: identity.authenticator,
    owners: identity.owners,
    spawners: new SpawnerFactory({
      spawnerClass: spawnerClass(foundation),
      config: spawnerConfig(foundation),
      baseUrl: addresses.urls.baseUrl,
      environment,
      log,
    }),
    limits: {
      concurrentSpawnLimit: hub.concurrent_spawn_limit,
      activeServerLimit: hub.active_server_limit,
      throttleRetryRangeSeconds: [hub.spawn_throttle_retry_range[0] ?? 30, hub.spawn_throttle_retry_range[1] ?? 60],
    },
    urls: addresses.urls,
    tls: foundation.internalTls?.hub,
    certificates: foundation.internalTls,
    now: clock.now,
    random: clock.random,
    onServerVersion: (found) => versions.compare(found),
    onOutcome: (failure) => failures.note(failure),
  })
  return { servers, writes, watch, hasOptionsForm: asksForOptions(spawnerConfig(foundation)()) }
}

function asksForOptions({ options_form: form, options_fields: fields }: SpawnerConfig): boolean {
  try {
    return readOptionsFields(fields).length > 0 || form !== ''
  } catch (error) {
    throw new ConfigProblem('Spawner.options_fields', error instanceof Error ? error.message : String(error))
  }
}

function spawnerClass({ settings }: Foundation): new (context: SpawnerContext) => Spawner {
  const { spawnerClass: given } = settings
  if (!(given.prototype instanceof Spawner)) {
    throw new ConfigProblem('JupyterHub.spawner_class', `${given.name} does not extend Spawner of @hub/spawner`)
  }
  return given as unknown as new (context: SpawnerContext) => Spawner // its prototype says so
}

/** A class's own options have those of the base among them. */
const spawnerConfig =
  ({ settings }: Foundation) =>
  (): SpawnerConfig =>
    settings.valuesOf(settings.spawnerClass.configurable ?? Spawner.configurable)

/** What the server's own token may do, and what visitors may grant the server. */
async function serverScopes(
  { owner, live }: SpawnOrder,
  { database }: Foundation,
  { expander, resolver }: Identity,
): Promise<ServerScopes> {
  const [configured, allowed, role, userRoleScopes] = await Promise.all([
    live.spawner.serverTokenScopes(),
    clientScopes(live.spawner, database),
    roleStore.findByName(database.read, 'server'),
    roleStore.rawScopesOfUser(database.read, owner.id),
  ])
  const facts = {
    user: owner.name,
    server: live.serverName,
    configured,
    serverRoleScopes: role?.scopes ?? [],
    userRoleScopes,
  }
  const membership = await resolver.membership(requestGroupsInQuestion(expander, serverTokenRequest(facts)))
  const { granted, notGranted } = serverTokenScopes(expander, facts, membership)
  if (notGranted.length > 0)
    live.spawner.log.debug('scopes that the user does not have are left out of the server token', { notGranted })
  const access = `access:servers!server=${owner.name}/${live.serverName}`
  return { token: granted, configured: allowed, clientAllowed: [...new Set([...allowed, access])] }
}

/** What visitors may grant the server; roles are the older way to say it. */
async function clientScopes(spawner: Spawner, { read }: Foundation['database']): Promise<readonly string[]> {
  const scopes = await spawner.oauthClientAllowedScopes()
  if (scopes.length > 0) return scopes
  const names = await spawner.oauthRoles()
  if (names.length === 0) return []
  const roles = await roleStore.findByNames(read, names)
  const missing = names.find((name) => !roles.some((role) => role.name === name))
  if (missing !== undefined) throw new ConfigProblem('Spawner.oauth_roles', `there is no role ${missing}`)
  return [...new Set(roles.flatMap((role) => role.scopes))]
}
