import type { SecureContextOptions } from 'node:tls'

export interface ProxyApiClientOptions {
  /** `http:`, `https:` or `http+unix://%2Fpath%2Fof.sock`, with or without a path. */
  readonly apiUrl: string
  readonly authToken: string
  /** Key, certificate and CA for an `https:` API. */
  readonly tls?: SecureContextOptions
  /** Requests on the wire at once; further calls wait for their turn. Default 10. */
  readonly concurrency?: number
  /** How long one call may take once it is its turn, further tries included. Default 30 s. */
  readonly deadlineMs?: number
  /** Wait before the second try; each further one doubles, up to 5 s. Default 100. */
  readonly firstRetryMs?: number
  /** Routespecs start with a host name, keys with a slash before it. */
  readonly hostRouting?: boolean
}
