import { assertScopesExist, type Log, type ServiceRequest } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import { defaultRoles } from '../access/default-roles.js'
import type { ScopeExpander } from '../access/expand.js'
import { groupsInQuestion, intersect } from '../access/intersect.js'
import { hubClientId } from '../access/permission-facts.js'
import type { PermissionsResolver } from '../access/permissions-resolver.js'
import { excessOf } from '../access/permissions.js'
import * as roleStore from '../access/role-store.js'
import type { Database, Transaction } from '../database/index.js'
import { badRequest, conflict } from '../http/hub-error.js'
import type { Identified } from '../http/visitor.js'
import { hashProvidedToken, isTokenStoredAs, tokenPrefix } from '../tokens/token-hash.js'
import * as tokenStore from '../tokens/token-store.js'
import { readServiceRequest, type ServiceSpec } from './service-spec.js'
import * as serviceStore from './service-store.js'
import { storeService, type StoreServiceDeps } from './store-service.js'

export interface AddServiceDeps extends StoreServiceDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly expander: ScopeExpander
  readonly resolver: PermissionsResolver
  readonly now: () => Date
  readonly log: Log
}

/**
 * Adds an external service while the hub runs; it stays until it is removed the same way.
 *
 * @throws HubError 409 when there is one of this name, 400 when the request is not valid or asks for more than `caller` may
 */
export async function addService(
  name: string,
  body: ServiceRequest,
  caller: Identified,
  deps: AddServiceDeps,
): Promise<serviceStore.Service> {
  const { database } = deps
  if ((await serviceStore.findByName(database.read, name)) !== undefined) throw exists(name)
  await assertMayGive(body, caller, deps)
  if ((body.command ?? []).length > 0) {
    throw badRequest('Can not create managed service: its command must stand in the configuration.', 'service_managed')
  }
  const spec = readServiceRequest(name, body)
  if (spec.oauth?.isExplicit && spec.apiToken === '') {
    deps.log.warn('the service cannot log people in: its api_token, which is its OAuth secret, is not set', {
      service: name,
    })
  }
  const row = await database.write(async (tx) => {
    if ((await serviceStore.findByName(tx, name)) !== undefined) throw exists(name)
    const { apiToken, oauthClientAllowedScopes: allowedScopes } = spec
    const row = await storeService(tx, { spec, apiToken, allowedScopes, fromConfig: false }, deps)
    if (spec.isAdmin) await grantAdmin(tx, row.id)
    if (apiToken !== '') await storeToken(tx, spec, row.id, deps)
    return row
  })
  deps.access.bump()
  return row
}

const exists = (name: string) => conflict(`Service ${name} already exists`, 'service_exists')

/** A service may be given no power that its maker does not have. */
async function assertMayGive(
  { admin, oauth_client_allowed_scopes: scopes = [] }: ServiceRequest,
  { permissions }: Identified,
  { database, expander, resolver }: AddServiceDeps,
): Promise<void> {
  assertScopesExist(expander.table, scopes)
  const role = admin === true ? await roleStore.findByName(database.read, 'admin') : undefined
  const adminScopes = admin === true ? (role?.scopes ?? defaultRoles()['admin']?.scopes ?? []) : []
  const asked = expander.expand([...adminScopes, ...scopes]).permissions
  const membership = await resolver.membership(groupsInQuestion(asked, permissions))
  const excess = excessOf(asked, intersect(asked, permissions, membership))
  if (excess.length === 0) return
  throw badRequest(
    `Not assigning requested scopes ${excess.join(', ')}: you do not have them yourself.`,
    'service_scopes_refused',
  )
}

async function grantAdmin(tx: Transaction, serviceId: number): Promise<void> {
  const admin = await roleStore.findByName(tx, 'admin')
  if (admin !== undefined) await roleStore.assign(tx, 'services', [serviceId], admin.id)
}

async function storeToken(
  tx: Transaction,
  { apiToken }: ServiceSpec,
  serviceId: number,
  { now, trustProvidedTokens }: AddServiceDeps,
): Promise<void> {
  const candidates = await tokenStore.findCandidatesByPrefix(tx, tokenPrefix(apiToken), now())
  if (candidates.some((candidate) => isTokenStoredAs(apiToken, candidate.hashed)))
    throw badRequest('This api_token is in use already; make another one.', 'token_in_use')
  const role = await roleStore.findByName(tx, 'token')
  await tokenStore.create(tx, {
    ...hashProvidedToken(apiToken, { isTrusted: trustProvidedTokens }),
    owner: { serviceId },
    clientId: hubClientId,
    scopes: role?.scopes ?? ['inherit'],
    note: 'from config',
    created: now(),
    expiresAt: null,
  })
}
