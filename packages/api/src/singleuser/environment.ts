import type { ListenAddress, ServerFacts } from './server-facts.js'

/** What an administrator has configured about the environment of a server, templates filled in and functions called. */
export interface ServerEnvironmentOptions {
  /** Names of the hub's variables that the server gets too. */
  readonly envKeep: readonly string[]
  readonly memLimitBytes?: number | undefined
  readonly memGuaranteeBytes?: number | undefined
  /** In cores. */
  readonly cpuLimit?: number | undefined
  readonly cpuGuarantee?: number | undefined
  /** Empty: the server's own default. A leading `~` is the server's to expand. */
  readonly rootDir: string
  readonly defaultUrl: string
  readonly debug: boolean
  readonly disableUserConfig: boolean
  /** Overrides everything the hub sets. */
  readonly environment: Readonly<Record<string, string>>
}

export interface ServerEnvironmentInput {
  readonly facts: ServerFacts
  readonly options: ServerEnvironmentOptions
  /** Where the server is to listen; undefined when only the platform will know. */
  readonly address: ListenAddress | undefined
  readonly hubEnvironment: Readonly<Record<string, string | undefined>>
  /** From the account database, for servers that are processes of this host. Empty values are left out. */
  readonly account?: { readonly USER: string; readonly HOME: string; readonly SHELL: string } | undefined
}

/** The environment of a single-user server. Later groups override earlier ones. */
export function buildServerEnvironment(input: ServerEnvironmentInput): Record<string, string> {
  return {
    ...keptVariables(input),
    ...hubVariables(input.facts),
    ...addressVariables(input),
    ...limitVariables(input.options),
    ...certificateVariables(input.facts),
    ...behaviourVariables(input.options),
    ...input.options.environment,
    ...accountVariables(input.account),
  }
}

/** `http(s)://host:port` of a listen address: an empty host stays empty, an IPv6 literal gets brackets. */
export function listenOrigin(address: ListenAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.https === true ? 'https' : 'http'}://${host}:${address.port}`
}

function keptVariables({ options, hubEnvironment }: ServerEnvironmentInput): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of options.envKeep) {
    const value = hubEnvironment[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

function hubVariables(facts: ServerFacts): Record<string, string> {
  const accessScopes = JSON.stringify(facts.oauthAccessScopes)
  return {
    JUPYTERHUB_API_TOKEN: facts.apiToken,
    // Read by servers older than JupyterHub 0.8.
    JPY_API_TOKEN: facts.apiToken,
    ...(facts.adminAccess ? { JUPYTERHUB_ADMIN_ACCESS: '1' } : {}),
    JUPYTERHUB_CLIENT_ID: facts.oauthClientId,
    ...(Object.keys(facts.cookieOptions).length > 0
      ? { JUPYTERHUB_COOKIE_OPTIONS: JSON.stringify(facts.cookieOptions) }
      : {}),
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: facts.cookieHostPrefixEnabled ? '1' : '0',
    JUPYTERHUB_HOST: facts.hubHost,
    JUPYTERHUB_OAUTH_CALLBACK_URL: facts.oauthCallbackUrl,
    // The old spelling, which JupyterHub 2 and 3 servers fall back to.
    JUPYTERHUB_OAUTH_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: JSON.stringify(facts.oauthClientAllowedScopes),
    JUPYTERHUB_USER: facts.userName,
    JUPYTERHUB_SERVER_NAME: facts.serverName,
    JUPYTERHUB_API_URL: facts.hubApiUrl,
    JUPYTERHUB_ACTIVITY_URL: facts.activityUrl,
    JUPYTERHUB_BASE_URL: facts.baseUrl,
    JUPYTERHUB_SERVICE_PREFIX: facts.servicePrefix,
    JUPYTERHUB_PUBLIC_URL: facts.publicUrl,
    JUPYTERHUB_PUBLIC_HUB_URL: facts.publicHubUrl,
  }
}

function addressVariables({ address, facts }: ServerEnvironmentInput): Record<string, string> {
  if (address === undefined) return {}
  const https = address.https ?? facts.certificates !== undefined
  return { JUPYTERHUB_SERVICE_URL: listenOrigin({ ...address, https }) + facts.servicePrefix }
}

function limitVariables(options: ServerEnvironmentOptions): Record<string, string> {
  return withoutUndefined({
    MEM_LIMIT: options.memLimitBytes === undefined ? undefined : String(options.memLimitBytes),
    MEM_GUARANTEE: options.memGuaranteeBytes === undefined ? undefined : String(options.memGuaranteeBytes),
    CPU_LIMIT: options.cpuLimit === undefined ? undefined : floatText(options.cpuLimit),
    CPU_GUARANTEE: options.cpuGuarantee === undefined ? undefined : floatText(options.cpuGuarantee),
  })
}

function certificateVariables({ certificates }: ServerFacts): Record<string, string> {
  if (certificates === undefined) return {}
  return {
    JUPYTERHUB_SSL_KEYFILE: certificates.keyFile,
    JUPYTERHUB_SSL_CERTFILE: certificates.certFile,
    JUPYTERHUB_SSL_CLIENT_CA: certificates.caFile,
  }
}

function behaviourVariables(options: ServerEnvironmentOptions): Record<string, string> {
  return {
    ...(options.rootDir === '' ? {} : { JUPYTERHUB_ROOT_DIR: options.rootDir }),
    ...(options.defaultUrl === '' ? {} : { JUPYTERHUB_DEFAULT_URL: options.defaultUrl }),
    ...(options.debug ? { JUPYTERHUB_DEBUG: '1' } : {}),
    ...(options.disableUserConfig ? { JUPYTERHUB_DISABLE_USER_CONFIG: '1' } : {}),
  }
}

function accountVariables(account: ServerEnvironmentInput['account']): Record<string, string> {
  return Object.fromEntries(Object.entries(account ?? {}).filter(([, value]) => value !== ''))
}

/** As Python writes a float, because that is what readers of the variable have always seen: `2.0`, `0.5`. */
function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function withoutUndefined(values: Record<string, string | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) kept[name] = value
  return kept
}
