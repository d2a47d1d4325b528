import type { Log } from '@hub/api'
import * as roleStore from '../access/role-store.js'
import type { Database, Transaction } from '../database/index.js'
import type { HubUrls } from '../hub-urls.js'
import type { ServiceSpec } from '../services/service-spec.js'
import * as serviceStore from '../services/service-store.js'
import { storeService } from '../services/store-service.js'
import { generateApiToken } from '../tokens/token-hash.js'
import { ConfigProblem } from './config-problem.js'

export interface LoadServicesDeps {
  readonly database: Database
  readonly urls: HubUrls
  readonly trustProvidedTokens: boolean
  /** Names in `service_tokens`: these services are configured too, if only by a token. */
  readonly withTokens: readonly string[]
  readonly log: Log
}

/** A service that the hub knows, with the token it was given. */
export interface LoadedService {
  readonly id: number
  readonly spec: ServiceSpec
  /** What visitors may let the service do, by its scopes and by its roles. */
  readonly allowedScopes: readonly string[]
  /** Empty: an external service without a token. */
  readonly apiToken: string
}

/**
 * Brings the stored services in line with the configuration: rows, addresses, OAuth clients; what is no longer
 * configured goes. A service made over the REST API keeps its name.
 *
 * @throws ConfigProblem when a service names a role that does not exist
 */
export async function loadServices(specs: readonly ServiceSpec[], deps: LoadServicesDeps): Promise<LoadedService[]> {
  return deps.database.write(async (tx) => {
    const loaded: LoadedService[] = []
    for (const spec of specs) {
      const known = await serviceStore.findByName(tx, spec.name)
      if (known !== undefined && !known.fromConfig) {
        deps.log.error('a service made over the API has this name already; the configured one is ignored', {
          service: spec.name,
        })
        continue
      }
      warnOf(spec, deps.log)
      const apiToken = spec.apiToken !== '' ? spec.apiToken : spec.command.length > 0 ? generateApiToken() : ''
      const allowedScopes = await allowedScopesOf(tx, spec)
      const row = await storeService(tx, { spec, apiToken, allowedScopes, fromConfig: true }, deps)
      if (spec.isAdmin && known === undefined) await grantAdmin(tx, row.id)
      loaded.push({ id: row.id, spec, allowedScopes, apiToken })
    }
    const gone = await serviceStore.removeUnconfigured(tx, [...specs.map((spec) => spec.name), ...deps.withTokens])
    for (const { name } of gone) deps.log.info('removed a service that is no longer configured', { service: name })
    return loaded
  })
}

function warnOf({ name, isAdmin, apiToken, command, oauth }: ServiceSpec, log: Log): void {
  if (isAdmin) log.warn(`Service ${name} sets admin, which is deprecated: list it in a role's services instead`)
  if (oauth?.skipsConfirmation) log.warn(`Service ${name} may log people in without asking them (oauth_no_confirm)`)
  if (oauth?.isExplicit && apiToken === '' && command.length === 0) {
    log.warn(`Service ${name} cannot log people in: its api_token, which is its OAuth secret, is not set`)
  }
}

/** Roles are the older way to say it, and count only where no scopes are given. */
async function allowedScopesOf(tx: Transaction, spec: ServiceSpec): Promise<readonly string[]> {
  if (spec.oauthClientAllowedScopes.length > 0 || spec.oauthRoles.length === 0) return spec.oauthClientAllowedScopes
  const roles = await roleStore.findByNames(tx, spec.oauthRoles)
  const missing = spec.oauthRoles.find((name) => !roles.some((role) => role.name === name))
  if (missing !== undefined)
    throw new ConfigProblem(`JupyterHub.services ${spec.name}.oauth_roles`, `there is no role ${missing}`)
  return [...new Set(roles.flatMap((role) => role.scopes))]
}

async function grantAdmin(tx: Transaction, serviceId: number): Promise<void> {
  const admin = await roleStore.findByName(tx, 'admin')
  if (admin !== undefined) await roleStore.assign(tx, 'services', [serviceId], admin.id)
}
