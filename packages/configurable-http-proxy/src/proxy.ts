import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '@hub/api/base'
import { Closer, PidFile, TlsContexts } from '@hub/daemon'
import { Forwarder } from '@hub/forward'
import { RoutesApi } from './api.js'
import { ErrorPages } from './error-pages.js'
import { Listener, type ListenerOptions } from './listener.js'
import type { ListenPlace, ProxyOptions, TlsOptions } from './options.js'
import { loadStorageBackend, PluginRouteStore } from './plugin-route-store.js'
import { redirectTo } from './redirect.js'
import { lowerHost } from './route-key.js'
import { MemoryRouteStore, type RouteStore } from './route-store.js'
import { Traffic } from './traffic.js'
import { noStatistics, prometheusStatistics, type TrafficStatistics } from './traffic-statistics.js'

/** A proxy. Nothing is opened before `start`; `stop` may be called twice. */
export interface Proxy {
  start(): Promise<void>
  stop(): Promise<void>
  /** Reads keys and certificates again; those in use stay when the new ones are unusable. */
  reload(): Promise<void>
  readonly routes: RouteStore
  /** Where it listens; after `start`. */
  readonly addresses: { readonly proxy: string; readonly api: string; readonly metrics?: string }
}

export function createProxy(options: ProxyOptions, log: Log): Proxy {
  const closer = new Closer(log)
  const listeners: Listener[] = []
  const contexts: TlsContexts[] = []
  const routes: RouteStore =
    options.storageBackend === undefined
      ? new MemoryRouteStore(Date.now, options.hostRouting ? lowerHost : undefined)
      : new PluginRouteStore(loadStorageBackend(options.storageBackend, { ...options, log }), log)
  let clientTls: TlsContexts | undefined
  const towardsTargets = () => ({ ...clientTls?.options, rejectUnauthorized: !options.insecure })
  const forwarder = new Forwarder({
    xForward: options.xForward,
    changeOrigin: options.changeOrigin,
    customHeaders: options.customHeaders,
    autoRewrite: options.autoRewrite,
    protocolRewrite: options.protocolRewrite,
    tls: towardsTargets,
    targetIdleMs: options.targetTimeoutMs,
  })
  let addresses: Proxy['addresses'] | undefined

  const tlsOf = async (tls: TlsOptions | undefined): Promise<ListenerOptions['tls']> => {
    if (tls === undefined) return undefined
    const loaded = await TlsContexts.load(
      { ...tls, ...(options.dhparam === undefined ? {} : { dhparam: options.dhparam }) },
      {
        ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
        ...(options.tlsVersion === undefined ? {} : { minVersion: options.tlsVersion, maxVersion: options.tlsVersion }),
        honorCipherOrder: true,
      },
    )
    contexts.push(loaded)
    return { contexts: loaded, options: tls }
  }

  const open = async (
    place: ListenPlace,
    handler: RequestListener,
    more: Omit<ListenerOptions, 'place' | 'keepAliveTimeoutMs'> = {},
  ): Promise<string> => {
    const listener = await Listener.open(handler, { ...more, place, keepAliveTimeoutMs: options.keepAliveTimeoutMs })
    listeners.push(listener)
    return listener.address
  }

  const start = async (): Promise<void> => {
    const statistics = options.metrics === undefined ? noStatistics : await prometheusStatistics()
    if (options.clientTls !== undefined) contexts.push((clientTls = await TlsContexts.load(options.clientTls)))
    closer.add('connections to targets', () => forwarder.close())
    // All at once: the ports are given free before the first wait.
    closer.add('listeners', () => Promise.all(listeners.map((each) => each.close(options.drainMs))))
    const errorPages = new ErrorPages({
      tls: towardsTargets,
      log,
      ...(options.errorTarget === undefined ? {} : { target: options.errorTarget }),
      ...(options.errorPath === undefined ? {} : { folder: options.errorPath }),
    })
    if (options.defaultTarget !== undefined) await addDefaultRoute(routes, options.defaultTarget, log)
    const tls = await tlsOf(options.tls)
    const apiTls = await tlsOf(options.apiTls)

    const traffic = new Traffic({ store: routes, forwarder, errorPages, statistics, log, ...options })
    const proxy = await open(options.listen, traffic.web, {
      tls,
      upgrade: traffic.upgrade,
      idleTimeoutMs: options.clientTimeoutMs,
    })
    log.info(
      `Proxying ${tls === undefined ? 'http' : 'https'}://${proxy} to ${options.defaultTarget ?? '(no default)'}`,
    )

    const { authToken, hostRouting } = options
    const routesApi = new RoutesApi({ store: routes, authToken, hostRouting, statistics, log })
    if (authToken === '') log.warn('REST API is not authenticated. Set CONFIGPROXY_AUTH_TOKEN.')
    const api = await open(options.api, (request, response) => void routesApi.handle(request, response), {
      tls: apiTls,
    })
    log.info(`Proxy API at ${apiTls === undefined ? 'http' : 'https'}://${api}/api/routes`)

    const metrics = options.metrics && (await open(options.metrics, metricsHandler(statistics)))
    if (metrics !== undefined) log.info(`Serve metrics at http://${metrics}/metrics`)
    await openRedirect()
    if (options.pidFile !== undefined) {
      log.info(`Writing pid ${process.pid} to ${options.pidFile}`)
      closer.use('pid file', await PidFile.write(options.pidFile))
    }
    addresses = { proxy, api, ...(metrics === undefined ? {} : { metrics }) }
  }

  const openRedirect = async (): Promise<void> => {
    const { redirect, listen } = options
    if (redirect === undefined || !('port' in listen) || listen.port === 80) return
    const to = redirect.to ?? listen.port
    await open({ host: '', port: redirect.port }, redirectTo(redirect.to === undefined && to === 443 ? undefined : to))
    log.info(`Added HTTP to HTTPS redirection from ${redirect.port} to ${to}`)
  }

  return {
    start: async () => {
      try {
        await start()
      } catch (error) {
        await closer.close()
        throw error
      }
    },
    stop: async () => {
      await closer.close()
    },
    reload: async () => {
      for (const each of contexts) await each.reload()
      // Connections made with the former certificate are not used for further requests.
      if (clientTls !== undefined) forwarder.closeIdle()
      if (contexts.length > 0) log.info('Keys and certificates were read again')
    },
    routes,
    get addresses() {
      if (addresses === undefined) throw new Error('the proxy has not been started')
      return addresses
    },
  }
}

async function addDefaultRoute(routes: RouteStore, target: string, log: Log): Promise<void> {
  log.info(`Adding route / -> ${target}`)
  await routes.add('/', { target })
  log.info(`Route added / -> ${target}`)
}

function metricsHandler(statistics: TrafficStatistics): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('Not Found')
      return
    }
    void statistics.text().then((text) => response.writeHead(200, { 'Content-Type': statistics.contentType }).end(text))
  }
}
