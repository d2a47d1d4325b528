import type { JsonObject } from '../json.js'

/** Files of a server's certificate for internal TLS, as the server will read them. */
export interface CertificatePaths {
  readonly keyFile: string
  readonly certFile: string
  /** The authorities that the server trusts in its clients. */
  readonly caFile: string
}

/** Where a server listens. An empty host means every interface, IPv4 and IPv6. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly https?: boolean
}

/**
 * What the hub has decided about one start of one server. Secrets are in here (the token is also the OAuth client's
 * secret), so it is never logged.
 */
export interface ServerFacts {
  readonly userName: string
  /** Empty for the default server. */
  readonly serverName: string
  readonly apiToken: string
  readonly oauthClientId: string
  /** A bare path without subdomains, a full URL with them. */
  readonly oauthCallbackUrl: string
  readonly oauthAccessScopes: readonly string[]
  readonly oauthClientAllowedScopes: readonly string[]
  /** Path of the server, beginning and ending with `/`. */
  readonly servicePrefix: string
  /** Path everything of the hub and its servers is under, beginning and ending with `/`. */
  readonly baseUrl: string
  /** As the server reaches it, without a trailing slash. */
  readonly hubApiUrl: string
  readonly activityUrl: string
  /** `scheme://host` of the hub, empty without subdomains and public URL. */
  readonly hubHost: string
  /** Full public URL of the server, empty when not known. */
  readonly publicUrl: string
  /** Full public URL of the hub, empty when not known. */
  readonly publicHubUrl: string
  readonly cookieOptions: JsonObject
  readonly cookieHostPrefixEnabled: boolean
  readonly adminAccess: boolean
  /** Present with internal TLS. */
  readonly certificates?: CertificatePaths
}
