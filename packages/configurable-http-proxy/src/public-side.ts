import type { Log } from '@hub/api/base'
import { TlsContexts } from '@hub/daemon'
import { Forwarder, TrustedProxies } from '@hub/forward'
import { AccessLog } from './access-log.js'
import { Caps } from './caps.js'
import { ErrorPages } from './error-pages.js'
import { ExchangeRecorder } from './exchange-recorder.js'
import { Listener } from './listener.js'
import type { ProxyOptions } from './options.js'
import type { RouteStore } from './route-store.js'
import { tlsOf, watchTls } from './tls-of.js'
import { Traffic } from './traffic.js'
import { metricHelp, type TrafficStatistics } from './traffic-statistics.js'

export interface PublicSideOptions {
  readonly options: ProxyOptions
  readonly routes: RouteStore
  readonly statistics: TrafficStatistics
  readonly log: Log
}

/** The public port and what forwards the requests that come in there. */
export interface PublicSide {
  /** Where it listens. */
  readonly address: string
  /** Reads keys and certificates again, and opens logs anew. */
  reload(): Promise<void>
  /** Gives the port free at once and lets requests under way finish for as long as the options say. */
  close(): Promise<void>
  /** Waits no longer for what is under way. */
  cut(): void
}

export type OpenPublicSide = (given: PublicSideOptions) => Promise<PublicSide>

/** Opens the public port in this process. */
export const openPublicSide: OpenPublicSide = async ({ options, routes, statistics, log }) => {
  const clientTls = options.clientTls === undefined ? undefined : await TlsContexts.load(options.clientTls)
  const towardsTargets = () => ({ ...clientTls?.options, rejectUnauthorized: !options.insecure })
  const trusted = options.trustedProxies && new TrustedProxies(options.trustedProxies)
  const forwarder = new Forwarder({
    xForward: options.xForward,
    trustedProxies: trusted,
    stallMs: options.stallMs,
    changeOrigin: options.changeOrigin,
    customHeaders: options.customHeaders,
    autoRewrite: options.autoRewrite,
    protocolRewrite: options.protocolRewrite,
    tls: towardsTargets,
    targetIdleMs: options.targetTimeoutMs,
  })
  const errorPages = new ErrorPages({
    tls: towardsTargets,
    log,
    ...(options.errorTarget === undefined ? {} : { target: options.errorTarget }),
    ...(options.errorPath === undefined ? {} : { folder: options.errorPath }),
  })
  const tls = await tlsOf(options, options.tls)
  const accessLog = options.accessLog === undefined ? undefined : await AccessLog.open(options.accessLog, log)
  const recorder = new ExchangeRecorder(statistics, accessLog)
  const caps = new Caps({ ...options, trusted })
  const traffic = new Traffic({ store: routes, forwarder, errorPages, statistics, recorder, caps, log, ...options })
  const listener = await Listener.open(traffic.web, {
    place: options.listen,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs,
    tls,
    upgrade: traffic.upgrade,
    idleTimeoutMs: options.clientTimeoutMs,
    stallMs: options.stallMs,
    admit: caps.admit,
  })
  const gauge = (name: 'websockets_open' | 'client_connections', read: () => number): void =>
    statistics.watch({ name, help: metricHelp[name], read: () => ({ '': read() }) })
  gauge('websockets_open', () => recorder.webSockets)
  gauge('client_connections', () => listener.connections)
  statistics.watch({
    name: 'target_connections',
    help: metricHelp.target_connections,
    label: 'state',
    read: () => {
      const { open, idle } = forwarder.connections
      return { busy: open - idle, idle }
    },
  })

  // Connections made with the former certificate are not used for further requests.
  const unwatch = [watchTls(tls?.contexts, log), watchTls(clientTls, log, () => forwarder.closeIdle())]

  return {
    address: listener.address,
    reload: async () => {
      await tls?.contexts.reload()
      await clientTls?.reload()
      // Connections made with the former certificate are not used for further requests.
      if (clientTls !== undefined) forwarder.closeIdle()
      await accessLog?.reopen()
    },
    close: async () => {
      for (const each of unwatch) each()
      await listener.close(options.drainMs)
      forwarder.close()
      await accessLog?.close()
    },
    cut: () => listener.cut(),
  }
}
