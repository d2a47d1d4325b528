import { HubFactsError } from '../errors.js'

type Environment = Readonly<Record<string, string | undefined>>

/** What the hub has told by environment variables, for a server of a user or for a service. */
export interface HubFacts {
  /** Owner of the server; empty for a service. */
  readonly userName: string
  readonly serverName: string
  readonly apiToken: string
  readonly clientId: string
  /** Without a slash at its end. */
  readonly apiUrl: string
  /** Whether activity is to be reported. */
  readonly hasActivity: boolean
  readonly activityIntervalSeconds: number
  /** `scheme://host` of the hub as browsers see it; empty: the same as the server's. */
  readonly hubHost: string
  /** Path of the hub, `/hub/`. */
  readonly hubPrefix: string
  /** Path of this server, beginning and ending with a slash. */
  readonly prefix: string
  /** Exactly as the hub has registered it: a path, or a URL. */
  readonly callbackUrl: string
  /** A visitor needs any one of these. */
  readonly accessScopes: readonly string[]
  readonly listen: { readonly host: string; readonly port: number }
  readonly cookieOptions: Readonly<Record<string, unknown>>
  readonly cookieHostPrefix: boolean
  /** Known public URL is https: cookies are Secure whatever a request looks like. */
  readonly isPublicHttps: boolean
  readonly allowTokenInUrl: boolean
  readonly allowWebSocketCookie: boolean
  readonly debug: boolean
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string } | undefined
}

/** @throws HubFactsError that names the variable */
export function readHubFacts(env: Environment): HubFacts {
  const text = (name: string): string => env[`JUPYTERHUB_${name}`] ?? ''
  const needed = (name: string): string => {
    if (text(name) === '') throw new HubFactsError(`JUPYTERHUB_${name} is not set.`)
    return text(name)
  }
  const prefix = withSlashes(needed('SERVICE_PREFIX'))
  const baseUrl = text('BASE_URL') || '/'
  const service = text('SERVICE_NAME')
  return {
    userName: text('USER'),
    serverName: text('SERVER_NAME'),
    apiToken: needed('API_TOKEN'),
    clientId: needed('CLIENT_ID'),
    apiUrl: needed('API_URL').replace(/\/+$/, ''),
    hasActivity: text('ACTIVITY_URL') !== '',
    activityIntervalSeconds: seconds(env['JUPYTERHUB_ACTIVITY_INTERVAL'], 300),
    hubHost: text('HOST').replace(/\/+$/, ''),
    hubPrefix: `${withSlashes(baseUrl)}hub/`,
    prefix,
    callbackUrl: text('OAUTH_CALLBACK_URL') || `${prefix}oauth_callback`,
    accessScopes: accessScopes(text('OAUTH_ACCESS_SCOPES') || text('OAUTH_SCOPES'), service),
    listen: listenPlace(needed('SERVICE_URL')),
    cookieOptions: jsonObject('COOKIE_OPTIONS', text('COOKIE_OPTIONS')),
    cookieHostPrefix: text('COOKIE_HOST_PREFIX_ENABLED') === '1',
    isPublicHttps: (text('PUBLIC_URL') || text('HOST')).startsWith('https:'),
    allowTokenInUrl: text('ALLOW_TOKEN_IN_URL') === '1',
    allowWebSocketCookie: text('ALLOW_WEBSOCKET_COOKIE_AUTH') !== '0',
    debug: text('DEBUG') === '1',
    tls:
      text('SSL_KEYFILE') === ''
        ? undefined
        : { key: text('SSL_KEYFILE'), cert: needed('SSL_CERTFILE'), ca: text('SSL_CLIENT_CA') },
  }
}

function withSlashes(path: string): string {
  return `/${path.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/')
}

function seconds(text: string | undefined, otherwise: number): number {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) || value < 0 ? otherwise : value
}

/** Without any a visitor of a service needs access to it by name; for a server there is no safe guess. */
function accessScopes(text: string, service: string): readonly string[] {
  if (text === '') {
    if (service !== '') return [`access:services!service=${service}`]
    throw new HubFactsError('JUPYTERHUB_OAUTH_ACCESS_SCOPES is not set: nobody could be let in.')
  }
  const value: unknown = parsed('OAUTH_ACCESS_SCOPES', text)
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === 'string'))
    throw new HubFactsError('JUPYTERHUB_OAUTH_ACCESS_SCOPES is no list of scopes.')
  return value
}

function listenPlace(text: string): HubFacts['listen'] {
  // An empty host, which means every interface, is no URL.
  const match = /^https?:\/\/(\[[^\]]*\]|[^:/]*)(?::(\d+))?(?:\/|$)/.exec(text)
  if (match === null) throw new HubFactsError(`JUPYTERHUB_SERVICE_URL is no URL to listen at: ${text}`)
  const [, host = '', port] = match
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? (text.startsWith('https') ? 443 : 80)) }
}

function jsonObject(name: string, text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {}
  const value: unknown = parsed(name, text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HubFactsError(`JUPYTERHUB_${name} is no JSON object.`)
  // Any object has string keys.
  return value as Readonly<Record<string, unknown>>
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HubFactsError(`JUPYTERHUB_${name} is no JSON.`)
  }
}
