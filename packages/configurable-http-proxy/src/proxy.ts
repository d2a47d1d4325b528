import type { RequestListener } from 'node:http'
import type { Log } from '@hub/api/base'
import { Closer, PidFile } from '@hub/daemon'
import { withoutCredentials } from '@hub/forward'
import { RoutesApi } from './api.js'
import { Listener, type ListenerOptions } from './listener.js'
import { metricsHandler } from './metrics-handler.js'
import type { ListenPlace, ProxyOptions } from './options.js'
import { openPublicSide, type OpenPublicSide, type PublicSide } from './public-side.js'
import { redirectTo } from './redirect.js'
import type { RouteStore } from './route-store.js'
import { storeOf } from './stores/open-store.js'
import { tlsOf, watchTls } from './tls-of.js'
import { metricHelp, noStatistics, prometheusStatistics, type TrafficStatistics } from './traffic-statistics.js'

/** A proxy. Nothing is opened before `start`; `stop` may be called twice. */
export interface Proxy {
  start(): Promise<void>
  /** Gives the ports free at once and waits for requests under way, `drainMs` at most. */
  stop(): Promise<void>
  /** Ends the waiting of `stop`. */
  cut(): void
  /** Reads keys and certificates again; those in use stay when the new ones are unusable. */
  reload(): Promise<void>
  readonly routes: RouteStore
  /** Where it listens; after `start`. */
  readonly addresses: { readonly proxy: string; readonly api: string; readonly metrics?: string }
}

/** The parts that are other ones when several processes make up the proxy. */
export interface ProxyParts {
  readonly routes?: RouteStore
  readonly openPublic?: OpenPublicSide
  /** What `/metrics` shows, given what this process has counted. */
  readonly metricsText?: (own: TrafficStatistics) => Promise<string>
}

export function createProxy(options: ProxyOptions, log: Log, parts: ProxyParts = {}): Proxy {
  const routes: RouteStore = parts.routes ?? storeOf(options, log)
  // Longer than the draining, which one of its parts waits for.
  const closer = new Closer(log, options.drainMs + 5_000)
  const listeners: Listener[] = []
  const { openPublic = openPublicSide, metricsText = (own) => own.text() } = parts
  let publicSide: PublicSide | undefined
  let pidFile: PidFile | undefined
  let apiTls: ListenerOptions['tls']
  let addresses: Proxy['addresses'] | undefined

  const open = async (
    place: ListenPlace,
    handler: RequestListener,
    more: Pick<ListenerOptions, 'tls' | 'direct'> = {},
  ): Promise<string> => {
    const listener = await Listener.open(handler, { place, keepAliveTimeoutMs: options.keepAliveTimeoutMs, ...more })
    listeners.push(listener)
    return listener.address
  }

  const start = async (): Promise<void> => {
    const statistics = options.metrics === undefined ? noStatistics : await prometheusStatistics()
    await routes.open?.()
    closer.add('routes', () => routes.close?.())
    closer.add('pid file', () => pidFile?.close())
    // All at once: the ports are given free before the first wait.
    closer.add('listeners', () =>
      Promise.all([publicSide?.close(), ...listeners.map((each) => each.close(options.drainMs))]),
    )
    if (options.defaultTarget !== undefined) await addDefaultRoute(routes, options.defaultTarget, log)
    apiTls = await tlsOf(options, options.apiTls)
    closer.add('files of the API', watchTls(apiTls?.contexts, log))

    publicSide = await openPublic({ options, routes, statistics, log })
    const proxy = publicSide.address
    const scheme = options.tls === undefined ? 'http' : 'https'
    const { defaultTarget } = options
    log.info(
      `Proxying ${scheme}://${proxy} to ${defaultTarget === undefined ? '(no default)' : withoutCredentials(defaultTarget)}`,
    )

    const { authToken, hostRouting } = options
    const routesApi = new RoutesApi({ store: routes, authToken, hostRouting, statistics, log })
    if (authToken === '') log.warn('REST API is not authenticated. Set CONFIGPROXY_AUTH_TOKEN.')
    const api = await open(options.api, (request, response) => routesApi.handle(request, response), {
      tls: apiTls,
      direct: (request) => routesApi.answer(request),
    })
    log.info(`Proxy API at ${apiTls === undefined ? 'http' : 'https'}://${api}/api/routes`)

    statistics.watch({ name: 'routes', help: metricHelp.routes, read: () => ({ '': routes.size ?? Number.NaN }) })
    const metrics =
      options.metrics &&
      (await open(
        options.metrics,
        metricsHandler(statistics, () => metricsText(statistics)),
      ))
    if (metrics !== undefined) log.info(`Serve metrics at http://${metrics}/metrics`)
    await openRedirect()
    if (options.pidFile !== undefined) {
      log.info(`Writing pid ${process.pid} to ${options.pidFile}`)
      pidFile = await PidFile.write(options.pidFile)
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
    cut: () => {
      publicSide?.cut()
      for (const each of listeners) each.cut()
    },
    reload: async () => {
      await publicSide?.reload()
      await apiTls?.contexts.reload()
      log.info('Keys and certificates were read again')
    },
    routes,
    get addresses() {
      if (addresses === undefined) throw new Error('the proxy has not been started')
      return addresses
    },
  }
}

async function addDefaultRoute(routes: RouteStore, target: string, log: Log): Promise<void> {
  const shown = withoutCredentials(target)
  log.info(`Adding route / -> ${shown}`)
  await routes.add('/', { target })
  log.info(`Route added / -> ${shown}`)
}
