import type { SecureContextOptions } from 'node:tls'

export interface HubApiClientOptions {
  /** The hub's API, as in JUPYTERHUB_API_URL: `http://127.0.0.1:8081/hub/api`, or `http+unix://%2Fpath%2Fof.sock/hub/api`. */
  readonly apiUrl: string
  /** Token of a user or service; without one only what is public can be asked. */
  readonly token?: string | undefined
  /** How long one call may take. Default 30 s. */
  readonly deadlineMs?: number
  /** Key, certificate and CA for an `https:` API. */
  readonly tls?: SecureContextOptions
  /** Entries per page when all of a list is read. Default: as many as the hub gives. */
  readonly pageSize?: number
}
