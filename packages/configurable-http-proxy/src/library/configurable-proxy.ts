import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Log } from '@hub/api/base'
import { createLogger, stdoutSink } from '@hub/daemon'
import { Forwarder, TrustedProxies, withoutCredentials, type ForwardedMode } from '@hub/forward'
import { RoutesApi } from '../api.js'
import { Caps } from '../caps.js'
import { Listener, serverSettings } from '../listener.js'
import { proxyLine } from '../log-line.js'
import { metricsHandler } from '../metrics-handler.js'
import { defaultOptions } from '../options.js'
import { decodePath, hostSegment, lowerHost } from '../route-key.js'
import type { RouteData, RouteStore } from '../route-store.js'
import { loadStorageBackend, PluginRouteStore, type StorageBackend } from '../stores/plugin-route-store.js'
import type { Traffic } from '../traffic.js'
import { noStatistics, prometheusStatisticsNow } from '../traffic-statistics.js'
import { libraryTraffic } from './library-traffic.js'
import { MemoryStore } from './memory-store.js'

/** What a {@link ConfigurableProxy} can be told; the names are those of the flags. */
export interface ConfigurableProxyOptions {
  /** Default: standard output, from `info` on. */
  log?: Log
  authToken?: string
  defaultTarget?: string
  errorTarget?: string
  errorPath?: string
  hostRouting?: boolean
  includePrefix?: boolean
  prependPath?: boolean
  /** Keys and certificates themselves, not files. */
  ssl?: ServerOptions
  apiSsl?: ServerOptions
  clientSsl?: ConnectionOptions
  /** Off: certificates of targets are not checked. */
  secure?: boolean
  /** Tell targets who asked, in `X-Forwarded-*`. Default off; the command turns it on. */
  xfwd?: boolean | ForwardedMode
  /** Addresses and networks of front servers, `unix`; the `X-Forwarded-*` of all others are replaced. Default: all believed. */
  trustedProxies?: readonly string[]
  autoRewrite?: boolean
  protocolRewrite?: string
  changeOrigin?: boolean
  /** Set on every request. */
  headers?: Readonly<Record<string, string>>
  /** Milliseconds. */
  timeout?: number
  proxyTimeout?: number
  keepAliveTimeout?: number
  /** Who stands still in the middle of a request or an answer for this long is cut off; 0: never. Default 300,000. */
  stallTimeout?: number
  /** Requests and WebSockets of one client at once; more are answered 429. Default: no limit */
  maxRequestsPerClient?: number
  /** Requests and WebSockets for one route at once; more are answered 503. Default: no limit */
  maxRequestsPerRoute?: number
  /** Connections of one client at once; more are closed. Default: no limit */
  maxConnectionsPerClient?: number
  enableMetrics?: boolean
  storageBackend?: string
  readonly [more: string]: unknown
}

/**
 * The proxy as an object in another program, by the interface of configurable-http-proxy. Its servers are made and do not
 * listen: call `listen` on them. Fields that are not read-only may be changed while it runs.
 *
 * Emits `proxyRequest(request, response)` and `proxyRequestWs(request, socket, head)` before a request is forwarded; a
 * listener may change its headers, or answer it.
 */
export class ConfigurableProxy extends EventEmitter {
  readonly options: ConfigurableProxyOptions
  readonly log: Log
  readonly authToken: string | undefined
  readonly proxyServer: Server
  readonly apiServer: Server
  /** Only with `enableMetrics`. */
  readonly metricsServer: Server | undefined
  readonly proxy: { readonly options: { prependPath?: boolean } }
  includePrefix: boolean
  hostRouting: boolean
  errorTarget: string | undefined
  errorPath: string | undefined
  /** The storage back end. */
  readonly _routes: StorageBackend
  readonly #store: RouteStore
  readonly #traffic: Traffic
  readonly #api: RoutesApi
  readonly #metrics: RequestListener

  /** @throws when the storage back end cannot be loaded */
  constructor(given: ConfigurableProxyOptions = {}) {
    super()
    this.log = given.log ?? defaultLogger()
    const options = inCamelCase(given, this.log)
    this.options = options
    this.authToken = options.authToken
    this.includePrefix = options.includePrefix ?? true
    this.hostRouting = options.hostRouting ?? false
    this.errorTarget = options.errorTarget
    this.errorPath = options.errorPath
    this.proxy = { options: { prependPath: options.prependPath ?? true } }
    this._routes =
      options.storageBackend === undefined ? new MemoryStore() : loadStorageBackend(options.storageBackend, options)
    this.#store = new PluginRouteStore(this._routes, this.log)
    const statistics = options.enableMetrics === true ? prometheusStatisticsNow() : noStatistics
    this.#api = new RoutesApi({
      ...{ store: this.#store, authToken: this.authToken ?? '', statistics, log: this.log },
      hostRouting: this.hostRouting,
    })
    this.#metrics = metricsHandler(statistics, () => statistics.text())
    const trusted = options.trustedProxies && new TrustedProxies(options.trustedProxies)
    const caps = new Caps({
      trusted,
      maxPerClient: options.maxRequestsPerClient ?? 0,
      maxPerRoute: options.maxRequestsPerRoute ?? 0,
      maxConnectionsPerClient: options.maxConnectionsPerClient ?? 0,
    })
    const stallMs = options.stallTimeout ?? defaultOptions.stallMs
    const tls = () => ({ ...options.clientSsl, rejectUnauthorized: options.secure !== false })
    const forwarder = new Forwarder({
      ...{ xForward: options.xfwd ?? false, trustedProxies: trusted, changeOrigin: options.changeOrigin ?? false },
      ...{ autoRewrite: options.autoRewrite ?? false, protocolRewrite: options.protocolRewrite },
      ...{ customHeaders: options.headers ?? {}, targetIdleMs: options.proxyTimeout ?? 0, stallMs, tls },
    })
    this.#traffic = libraryTraffic(this, { store: this.#store, forwarder, statistics, caps, tls })
    const settings = serverSettings(options.keepAliveTimeout ?? 5_000)
    const serverOf = (tls: ServerOptions | undefined): Server =>
      tls === undefined ? createServer(settings) : createSecureServer({ ...tls, ...settings })
    this.proxyServer = serverOf(options.ssl)
    this.proxyServer.on('close', () => forwarder.closeIdle())
    Listener.on(this.proxyServer, this.handleProxyWeb, {
      isSecure: options.ssl !== undefined,
      upgrade: this.handleProxyWs,
      stallMs,
      admit: caps.admit,
      ...(options.timeout === undefined ? {} : { idleTimeoutMs: options.timeout }),
    })
    this.apiServer = serverOf(options.apiSsl)
    Listener.on(this.apiServer, this.handleApiRequest, { isSecure: options.apiSsl !== undefined })
    if (options.enableMetrics === true) this.metricsServer = createServer(settings, this.handleMetrics)
    if (options.defaultTarget !== undefined) {
      this.addRoute('/', { target: options.defaultTarget }).catch((error: unknown) => {
        this.log.error('the default route could not be added', { error })
      })
    }
  }

  readonly handleProxyWeb = (request: IncomingMessage, response: ServerResponse): void => {
    this.#traffic.web(request, response)
  }

  readonly handleProxyWs = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    this.#traffic.upgrade(request, socket, head)
  }

  readonly handleApiRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.#api.handle(request, response)
  }

  readonly handleMetrics = (request: IncomingMessage, response: ServerResponse): void => {
    this.#metrics(request, response)
  }

  /** Adds a route, or replaces it as a whole. */
  async addRoute(path: string, data: RouteData): Promise<void> {
    const key = this.#clean(path)
    const target = withoutCredentials(data.target)
    this.log.info(`Adding route ${key} -> ${target}`)
    const host = this.hostRouting && key !== '/' ? { host: key.split('/')[1] } : {}
    await this.#store.add(key, { ...data, ...host })
    this.log.info(`Route added ${key} -> ${target}`)
  }

  async removeRoute(path: string): Promise<void> {
    const key = this.#clean(path)
    if (await this.#store.remove(key)) this.log.info(`Removing route ${key}`)
  }

  /** Where a request would go; undefined when there is no route. */
  async targetForReq(
    request: Pick<IncomingMessage, 'url'> & Partial<Pick<IncomingMessage, 'headers'>>,
  ): Promise<{ readonly prefix: string; readonly target: string } | undefined> {
    const path = decodePath(new URL(request.url ?? '/', 'http://localhost').pathname)
    if (path === undefined) throw new URIError('the path is malformed')
    const found = await this._routes.getTarget(
      this.hostRouting ? `/${hostSegment(request.headers?.host)}${path}` : path,
    )
    return found && { prefix: found.prefix, target: found.data.target }
  }

  /** Notes that a route is in use. */
  async updateLastActivity(prefix: string): Promise<void> {
    if ((await this._routes.get(prefix)) !== undefined) await this._routes.update(prefix, { last_activity: new Date() })
  }

  #clean(path: string): string {
    const key = this._routes.cleanPath?.(path) ?? path
    return this.hostRouting ? lowerHost(key) : key
  }
}

/** A log with the proxy's lines on standard output. */
export function defaultLogger({ level = 'info' }: { readonly level?: string } = {}): Log {
  const known = (['debug', 'info', 'warn', 'error'] as const).find((each) => each === level.toLowerCase())
  return createLogger({
    level: known ?? 'silent',
    format: proxyLine(process.stdout.isTTY),
    sinks: [stdoutSink],
  })
}

/** Options were once written with underscores, and still may be. */
function inCamelCase(options: ConfigurableProxyOptions, log: Log): ConfigurableProxyOptions {
  const renamed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    const camel = name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase())
    if (camel !== name) log.warn(`option ${name} is deprecated, use ${camel}.`)
    renamed[camel] = value
  }
  return renamed
}
