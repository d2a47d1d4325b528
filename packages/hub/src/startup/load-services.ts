import { encodeForPath, type Log } from '@hub/api'
import type { Database, Transaction } from '../database/index.js'
import type { HubUrls } from '../hub-urls.js'
import * as clientStore from '../oauth/client-store.js'
import * as roleStore from '../access/role-store.js'
import type { ServiceSpec } from '../services/service-spec.js'
import * as serviceStore from '../services/service-store.js'
import { generateApiToken, hashProvidedToken } from '../tokens/token-hash.js'
import { ConfigProblem } from './config-problem.js'

export interface LoadServicesDeps {
  readonly database: Database
  readonly urls: HubUrls
  readonly trustProvidedTokens: boolean
  readonly log: Log
}

/** A service that the hub knows, with the token it was given. */
export interface LoadedService {
  readonly id: number
  readonly spec: ServiceSpec
  /** Empty: an external service without a token. */
  readonly apiToken: string
}

/** Where a service with a URL is reached through the proxy. */
export const servicePrefix = (urls: HubUrls, name: string): string => `${urls.baseUrl}services/${encodeForPath(name)}/`

/**
 * Brings the stored services in line with the configuration: rows, addresses, OAuth clients; what is no longer
 * configured goes. A service made over the REST API keeps its name.
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
      const apiToken = spec.apiToken !== '' ? spec.apiToken : spec.command.length > 0 ? generateApiToken() : ''
      const clientId = await registerClient(tx, spec, apiToken, deps)
      const row = await serviceStore.upsert(tx, {
        name: spec.name,
        admin: spec.isAdmin,
        url: spec.url,
        oauthClientAllowedScopes: spec.oauthClientAllowedScopes,
        info: spec.info,
        display: spec.display,
        oauthNoConfirm: spec.oauth?.skipsConfirmation ?? false,
        command: spec.command,
        cwd: spec.cwd,
        environment: spec.environment,
        user: spec.user,
        timeout: spec.timeoutSeconds,
        fromConfig: true,
        oauthClientId: clientId,
      })
      if (spec.isAdmin && known === undefined) await grantAdmin(tx, row.id)
      await serviceStore.setAddress(tx, row.id, addressOf(spec, deps.urls, clientId))
      loaded.push({ id: row.id, spec, apiToken })
    }
    const gone = await serviceStore.removeUnconfigured(
      tx,
      specs.map((spec) => spec.name),
    )
    for (const { name } of gone) deps.log.info('removed a service that is no longer configured', { service: name })
    return loaded
  })
}

async function registerClient(
  tx: Transaction,
  spec: ServiceSpec,
  apiToken: string,
  { urls, trustProvidedTokens }: LoadServicesDeps,
): Promise<string | null> {
  if (spec.oauth === undefined) return null
  if (apiToken === '')
    throw new ConfigProblem(
      `JupyterHub.services ${spec.name}`,
      'api_token is needed: it is the secret of its OAuth client',
    )
  const { hashed } = hashProvidedToken(apiToken, { isTrusted: trustProvidedTokens })
  await clientStore.upsert(tx, {
    identifier: spec.oauth.clientId,
    description: `JupyterHub service ${spec.name}`,
    secret: hashed,
    redirectUri:
      spec.oauth.redirectUri === '' ? `${servicePrefix(urls, spec.name)}oauth_callback` : spec.oauth.redirectUri,
    allowedScopes: [...new Set([...spec.oauthClientAllowedScopes, `access:services!service=${spec.name}`])],
  })
  return spec.oauth.clientId
}

async function grantAdmin(tx: Transaction, serviceId: number): Promise<void> {
  const admin = await roleStore.findByName(tx, 'admin')
  if (admin !== undefined) await roleStore.assign(tx, 'services', [serviceId], admin.id)
}

function addressOf(spec: ServiceSpec, urls: HubUrls, clientId: string | null) {
  if (spec.url === '') return null
  const { protocol, hostname, port } = new URL(spec.url)
  const proto = protocol.slice(0, -1)
  return {
    proto,
    ip: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (proto === 'https' ? 443 : 80) : Number(port),
    baseUrl: servicePrefix(urls, spec.name),
    cookieName: clientId ?? '',
  }
}
