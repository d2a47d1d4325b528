import type { LogLevel } from '@hub/daemon'
import type { ForwardedMode } from '@hub/forward'

export interface TlsOptions {
  readonly key?: string
  readonly cert?: string
  readonly ca?: string
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
  readonly passphrase?: string
  /** Certificates of their own for some names (SNI). */
  readonly hosts?: readonly TlsHost[]
}

export interface TlsHost {
  /** `hub.example.org` or `*.example.org` */
  readonly name: string
  readonly cert: string
  readonly key?: string
}

export type ListenPlace = { readonly host: string; readonly port: number } | { readonly socket: string }

/** Everything a proxy can be told. */
export interface ProxyOptions {
  readonly listen: ListenPlace
  readonly api: ListenPlace
  /** Empty: the API is open to everybody. */
  readonly authToken: string
  readonly tls?: TlsOptions
  readonly apiTls?: TlsOptions
  readonly clientTls?: Omit<TlsOptions, 'requestCert' | 'rejectUnauthorized'>
  readonly tlsVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly tlsMinVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers?: string
  readonly dhparam?: string
  readonly insecure: boolean
  readonly defaultTarget?: string
  readonly errorTarget?: string
  readonly errorPath?: string
  readonly redirect?: { readonly port: number; readonly to: number | undefined }
  readonly metrics?: ListenPlace
  /** `true`: append; `false`: keep. */
  readonly xForward: boolean | ForwardedMode
  /** Addresses and networks of front servers, `unix`; the `X-Forwarded-*` of all others are replaced. Default: nobody's. */
  readonly trustedProxies?: readonly string[]
  readonly prependPath: boolean
  readonly includePrefix: boolean
  readonly autoRewrite: boolean
  readonly protocolRewrite?: string
  readonly changeOrigin: boolean
  readonly customHeaders: Readonly<Record<string, string>>
  readonly hostRouting: boolean
  readonly logLevel: LogLevel
  /** Milliseconds; 0: for ever. */
  readonly clientTimeoutMs: number
  readonly targetTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** A client, or the target of an upload, may stand still in the middle of a message for this long. */
  readonly stallMs: number
  /** Requests and WebSockets under way at once; 0: without limit. */
  readonly maxPerClient: number
  readonly maxPerRoute: number
  readonly maxConnectionsPerClient: number
  /** A module, or `redis:`, `rediss:`, `postgres:` or `postgresql:` URL of a server that several proxies share. */
  readonly storageBackend?: string
  /** File that keeps the routes over a restart. */
  readonly routesFile?: string
  readonly pidFile?: string
  /** How long requests under way may take to finish at the end. A hub waits two seconds before it kills. */
  readonly drainMs: number
  readonly logFormat: 'text' | 'json'
  readonly accessLog?: AccessLogOptions
  /** Processes that serve the public port; with more than one the API and the table are in one more. */
  readonly workers: number
}

export interface AccessLogOptions {
  /** `combined`: the line that web servers write; `json`: an object a line. */
  readonly format: 'combined' | 'json'
  /** Default: standard output. Opened anew on reload, for programs that rotate logs. */
  readonly file?: string
}

/** What a proxy does unless it is told otherwise. */
export const defaultOptions: ProxyOptions = {
  listen: { host: '', port: 8000 },
  api: { host: 'localhost', port: 8001 },
  authToken: '',
  insecure: false,
  xForward: true,
  prependPath: true,
  includePrefix: true,
  autoRewrite: false,
  changeOrigin: false,
  customHeaders: {},
  hostRouting: false,
  logLevel: 'info',
  clientTimeoutMs: 0,
  targetTimeoutMs: 0,
  keepAliveTimeoutMs: 5_000,
  stallMs: 300_000,
  maxPerClient: 0,
  maxPerRoute: 0,
  maxConnectionsPerClient: 0,
  drainMs: 1_500,
  logFormat: 'text',
  workers: 1,
}
