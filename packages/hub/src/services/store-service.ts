import type { Transaction } from '../database/index.js'
import type { HubUrls } from '../hub-urls.js'
import * as clientStore from '../oauth/client-store.js'
import { hashProvidedToken } from '../tokens/token-hash.js'
import { servicePrefix, serviceUrl } from './service-prefix.js'
import type { ServiceSpec } from './service-spec.js'
import * as serviceStore from './service-store.js'

export interface ServiceToStore {
  readonly spec: ServiceSpec
  /** Empty: the service has no token. */
  readonly apiToken: string
  /** What visitors may let the service do, besides what every service may. */
  readonly allowedScopes: readonly string[]
  readonly fromConfig: boolean
}

export interface StoreServiceDeps {
  readonly urls: HubUrls
  readonly trustProvidedTokens: boolean
}

/** Stores a service with its OAuth client and its address, or brings the stored ones in line. */
export async function storeService(
  tx: Transaction,
  service: ServiceToStore,
  deps: StoreServiceDeps,
): Promise<serviceStore.Service> {
  const { spec, fromConfig } = service
  const known = await serviceStore.findByName(tx, spec.name)
  const clientId = await storeClient(tx, service, deps)
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
    fromConfig,
    oauthClientId: clientId,
  })
  const before = known?.oauthClientId ?? null
  if (before !== null && before !== clientId) await clientStore.remove(tx, before)
  await serviceStore.setAddress(tx, row.id, addressOf(spec, deps.urls, clientId))
  return row
}

/** @returns the client's id; null for a service that cannot be one: it must have a secret, and that is its token */
async function storeClient(
  tx: Transaction,
  { spec, apiToken, allowedScopes }: ServiceToStore,
  { urls, trustProvidedTokens }: StoreServiceDeps,
): Promise<string | null> {
  if (spec.oauth === undefined || apiToken === '') return null
  const { clientId, redirectUri } = spec.oauth
  await clientStore.upsert(tx, {
    identifier: clientId,
    description: `JupyterHub service ${spec.name}`,
    secret: hashProvidedToken(apiToken, { isTrusted: trustProvidedTokens }).hashed,
    redirectUri: redirectUri === '' ? `${serviceUrl(urls, spec.name)}oauth_callback` : redirectUri,
    allowedScopes: [...new Set([...allowedScopes, `access:services!service=${spec.name}`])],
  })
  return clientId
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
