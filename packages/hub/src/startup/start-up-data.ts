import { readLoadGroups } from '../access/load-groups.js'
import { readRoleSpecs } from '../access/role-spec.js'
import type { Foundation } from '../assemble/foundation.js'
import type { Identity } from '../assemble/identity.js'
import type { ServiceSpec } from '../services/service-spec.js'
import * as userStore from '../users/user-store.js'
import * as serviceStore from '../services/service-store.js'
import { loadGroups } from './load-groups.js'
import { assignRoles, loadRoles } from './load-roles.js'
import { type LoadedService, loadServices } from './load-services.js'
import { assertLongEnough, type ConfiguredToken, loadTokens } from './load-tokens.js'
import { storeHubClient } from './hub-client.js'
import { checkOldServerNames } from './old-server-names.js'
import { loadUsers, loseEverything } from './load-users.js'

/** Longest time an authenticator may take to get ready. */
const authenticatorStartMs = 60_000

/**
 * Brings the database in line with the configuration: roles, users, groups, services, tokens, and who has which role.
 * Each part may be done again after a crash.
 *
 * @returns the configured services
 * @throws CodedError naming the option that cannot be
 */
export async function startUpData(
  foundation: Foundation,
  identity: Identity,
  serviceSpecs: readonly ServiceSpec[],
): Promise<readonly LoadedService[]> {
  const { settings, database, clock, log } = foundation
  const { hub } = settings
  const { authenticator } = identity
  const { config } = authenticator
  for (const token of Object.keys(hub.api_tokens)) assertLongEnough(token, 'JupyterHub.api_tokens')
  for (const token of Object.keys(hub.service_tokens)) assertLongEnough(token, 'JupyterHub.service_tokens')
  for (const { apiToken, name } of serviceSpecs)
    if (apiToken !== '') assertLongEnough(apiToken, `JupyterHub.services ${name}.api_token`)

  await authenticator.init(AbortSignal.timeout(authenticatorStartMs))
  await database.write(storeHubClient)
  const specs = readRoleSpecs({
    loadRoles: hub.load_roles,
    managedRoles: config.manage_roles ? [...(await authenticator.loadManagedRoles())] : undefined,
    table: identity.scopes,
  })
  const resetManagedRoles = config.reset_managed_roles_on_startup
  const extraUserScopes = [...hub.extra_user_scopes]
  const isUpgrade = await loadRoles({ database, specs, extraUserScopes, resetManagedRoles, log })

  const groups = readLoadGroups(hub.load_groups, { manageGroups: config.manage_groups })
  for (const warning of [...groups.warnings, ...authenticator.checkAllowConfig()]) log.warn(warning)
  const others = [
    ...authenticator.allowedUsers,
    ...Object.values(hub.api_tokens),
    ...groups.groups.flatMap((group) => group.users),
  ]
  const blocked = await loadUsers(
    { admins: authenticator.adminUsers, others },
    { database, authenticator, now: clock.now, log },
  )
  await loadGroups(groups.groups, database, authenticator)
  await checkOldServerNames(database, hub.allow_existing_invalid_named_servers, log)

  const services = await loadServices(serviceSpecs, {
    database,
    urls: settings.addresses.urls,
    trustProvidedTokens: hub.trust_user_provided_tokens,
    withTokens: Object.values(hub.service_tokens),
    log,
  })
  await loadTokens(await configuredTokens(foundation, identity, services), {
    database,
    trustProvidedTokens: hub.trust_user_provided_tokens,
    now: clock.now,
    log,
  })
  await assignRoles({
    database,
    specs,
    isUpgrade,
    resetManagedRoles,
    now: clock.now,
    adminUsers: authenticator.adminUsers,
    allowedUsers: authenticator.allowedUsers,
    normalizeUser: await normalizer(
      specs.flatMap((spec) => spec.users ?? []),
      identity,
    ),
  })
  await loseEverything(blocked, database)
  return services
}

async function configuredTokens(
  { settings, database, log }: Foundation,
  { authenticator }: Identity,
  services: readonly LoadedService[],
): Promise<ConfiguredToken[]> {
  const { hub } = settings
  const tokens: ConfiguredToken[] = services
    .filter(({ apiToken }) => apiToken !== '')
    .map(({ id, spec, apiToken }) => ({
      token: apiToken,
      owner: { serviceId: id },
      ownerText: `service: ${spec.name}`,
    }))
  for (const [token, name] of Object.entries(hub.service_tokens)) {
    const service = (await serviceStore.findByName(database.read, name)) ?? (await bareService(name, { database, log }))
    tokens.push({ token, owner: { serviceId: service.id }, ownerText: `service: ${name}` })
  }
  for (const [token, name] of Object.entries(hub.api_tokens)) {
    const user = await userStore.findByName(database.read, await authenticator.normalizeUsername(name))
    if (user !== undefined) tokens.push({ token, owner: { userId: user.id }, ownerText: `user: ${user.name}` })
  }
  return tokens
}

async function bareService(
  name: string,
  { database, log }: Pick<Foundation, 'database' | 'log'>,
): Promise<serviceStore.Service> {
  log.warn('a token is configured for a service that is not; the service is made', { service: name })
  return database.write((tx) =>
    serviceStore.upsert(tx, {
      name,
      admin: false,
      url: '',
      oauthClientAllowedScopes: [],
      info: {},
      display: false,
      oauthNoConfirm: false,
      command: [],
      cwd: '',
      environment: {},
      user: '',
      timeout: 30,
      fromConfig: true,
      oauthClientId: null,
    }),
  )
}

/** Plug-ins may take their time to spell a name, planning must not: the names are spelled beforehand. */
async function normalizer(names: readonly string[], { authenticator }: Identity): Promise<(name: string) => string> {
  const spelled = new Map<string, string>()
  for (const name of names) spelled.set(name, await authenticator.normalizeUsername(name))
  return (name) => spelled.get(name) ?? name
}
