import type { CertificatePaths } from '@hub/api'
import type { HubUrls } from '../hub-urls.js'
import { publicServiceUrl, servicePrefix, serviceUrl } from './service-prefix.js'
import type { ServiceSpec } from './service-spec.js'

export interface ServiceEnvironmentFacts {
  readonly spec: ServiceSpec
  /** What visitors may let the service do. */
  readonly allowedScopes: readonly string[]
  readonly apiToken: string
  readonly urls: HubUrls
  readonly hubEnvironment: Readonly<Record<string, string | undefined>>
  readonly cookieOptions: string | undefined
  readonly cookieHostPrefixEnabled: boolean
  /** With internal TLS. */
  readonly certificates?: CertificatePaths | undefined
  /** Of the system user the service runs as, when one is set. */
  readonly account?: { readonly name: string; readonly home: string; readonly shell: string } | undefined
}

const kept = [
  'PATH',
  'PYTHONPATH',
  'CONDA_ROOT',
  'CONDA_DEFAULT_ENV',
  'VIRTUAL_ENV',
  'LANG',
  'LC_ALL',
  'JUPYTERHUB_SINGLEUSER_APP',
  'LD_LIBRARY_PATH',
]

/** The whole environment of a managed service. What the administrator has set for it comes last. */
export function serviceEnvironment(facts: ServiceEnvironmentFacts): Record<string, string> {
  const { spec, apiToken, urls, hubEnvironment, account } = facts
  const prefix = servicePrefix(urls, spec.name)
  const accessScopes = JSON.stringify(['access:services', `access:services!service=${spec.name}`])
  const environment: Record<string, string> = {}
  for (const name of kept) {
    const value = hubEnvironment[name]
    if (value !== undefined) environment[name] = value
  }
  return {
    ...environment,
    JUPYTERHUB_SERVICE_NAME: spec.name,
    JUPYTERHUB_API_TOKEN: apiToken,
    JPY_API_TOKEN: apiToken,
    JUPYTERHUB_API_URL: urls.apiUrl,
    JUPYTERHUB_BASE_URL: urls.baseUrl,
    JUPYTERHUB_CLIENT_ID: spec.oauth?.clientId ?? `service-${spec.name}`,
    JUPYTERHUB_HOST: urls.publicOrigin,
    JUPYTERHUB_SERVICE_URL: spec.url === '' ? 'http://127.0.0.1:0/' : spec.url,
    ...(spec.url === '' ? {} : { JUPYTERHUB_SERVICE_PREFIX: prefix }),
    JUPYTERHUB_OAUTH_CALLBACK_URL: spec.url === '' ? 'oauth_callback' : `${serviceUrl(urls, spec.name)}oauth_callback`,
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: JSON.stringify(facts.allowedScopes),
    JUPYTERHUB_PUBLIC_URL: spec.url === '' ? '' : publicServiceUrl(urls, spec.name),
    JUPYTERHUB_PUBLIC_HUB_URL: urls.publicOrigin === '' ? '' : `${urls.publicOrigin}${urls.hubPrefix}`,
    ...(facts.cookieOptions === undefined ? {} : { JUPYTERHUB_COOKIE_OPTIONS: facts.cookieOptions }),
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: facts.cookieHostPrefixEnabled ? '1' : '0',
    JUPYTERHUB_USER: spec.user,
    JUPYTERHUB_SERVER_NAME: '',
    ...(facts.certificates === undefined
      ? {}
      : {
          JUPYTERHUB_SSL_KEYFILE: facts.certificates.keyFile,
          JUPYTERHUB_SSL_CERTFILE: facts.certificates.certFile,
          JUPYTERHUB_SSL_CLIENT_CA: facts.certificates.caFile,
        }),
    ...(account === undefined ? {} : { USER: account.name, HOME: account.home, SHELL: account.shell }),
    ...spec.environment,
  }
}
