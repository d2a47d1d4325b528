import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Log } from '@hub/api'
import type { LoadedConfig } from '@hub/config'
import { Closer, drain, listen } from '@hub/daemon'
import { type Clock, type Foundation, layFoundation, systemClock } from './assemble/foundation.js'
import { hubSettings } from './assemble/hub-settings.js'
import { assembleHub, type HubParts } from './assemble/parts.js'
import { visibleRoute } from './proxy/server-route.js'
import { baseUrlOf } from './servers/server-address.js'
import { resumeServers } from './servers/resume.js'
import * as serverStore from './servers/server-store.js'
import { within } from './servers/within.js'
import { serverRoutespec } from './hub-urls.js'
import { schedulePeriodicWork } from './startup/periodic-work.js'
import { stopAllServers } from './startup/stop-all-servers.js'

export interface HubOptions {
  readonly config: LoadedConfig
  readonly log: Log
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** The hub has been asked over its API to end, or gives up by itself. */
  readonly onShutdown?: (request: ShutdownRequest) => void
}

export interface ShutdownRequest {
  readonly exitCode: number
  /** Stop the servers too; undefined: as configured. */
  readonly servers?: boolean
  /** Stop the proxy too; undefined: as configured. */
  readonly proxy?: boolean
}

/** A hub. Nothing happens before `start`; `stop` may be called twice and ends even if a part fails. */
export interface Hub {
  /** @throws CodedError with what to do about it */
  start(signal: AbortSignal): Promise<void>
  stop(request?: Pick<ShutdownRequest, 'servers' | 'proxy'>): Promise<void>
  /** The parts, for tests; after `start`. */
  readonly parts: HubParts
}

/** How long requests under way may take to finish when the hub ends. */
const drainMs = 2_000

export function createHub(options: HubOptions): Hub {
  const { log, environment, clock = systemClock } = options
  const closer = new Closer(log)
  let started: { readonly foundation: Foundation; readonly parts: HubParts } | undefined
  let stopping: Promise<void> | undefined

  const start = async (signal: AbortSignal): Promise<void> => {
    const startedAt = performance.now()
    const settings = hubSettings(options.config)
    const foundation = await layFoundation(settings, { environment, log, clock, closer, signal })
    const parts = await assembleHub(foundation, {
      shutdown: (request) => options.onShutdown?.(request),
    })
    started = { foundation, parts }
    const { addresses } = settings

    // The proxy takes as long to come up as the data do; neither needs the other.
    const proxyUp = parts.proxy.start(signal)
    closer.add('proxy', () => parts.proxy.stop(settings.hub.cleanup_proxy))
    closer.add('authenticator', () => parts.identity.authenticator.stop())
    proxyUp.catch(() => undefined) // reported where it is awaited
    await parts.loadData()
    const found = await serverStore.listUnfinished(foundation.database.read)
    const resumedFrom = performance.now()
    const resuming = await resumeServers(found, resumeDeps(foundation, parts))
    const { metrics } = parts.monitoring
    const resumed = (): void => {
      metrics.observeResume((performance.now() - resumedFrom) / 1_000)
    }
    resuming.done.then(resumed, resumed)

    const server = webServer(parts.web, foundation)
    const { hubBind } = addresses
    const listening = await listen(
      server,
      'socket' in hubBind ? { socket: hubBind.socket, socketMode: settings.hub.hub_socket_mode } : hubBind,
    )
    closer.add('web server', async () => {
      await listening.close()
      await drain(server, drainMs)
    })
    log.info(`Hub API listening on ${addresses.urls.connectUrl}${addresses.urls.hubPrefix}`)
    await proxyUp
    await parts.proxy.watch()
    await parts.startServices(signal)
    schedulePeriodicWork(foundation, parts, closer)
    parts.monitoring.start(closer)
    await awaitResumed(resuming, settings.hub.init_spawners_timeout, log)
    log.info(`JupyterHub is now running at ${addresses.publicText}`)
    metrics.observeStartup((performance.now() - startedAt) / 1_000)
    // Loaded only now, so that the start does not wait for it.
    await metrics.open()
  }

  const stop = async (request: Pick<ShutdownRequest, 'servers' | 'proxy'> = {}): Promise<void> => {
    if (started !== undefined) {
      const { foundation, parts } = started
      const { hub } = foundation.settings
      parts.serving.writes.end()
      await parts.stopServices().catch((error: unknown) => {
        log.error('services could not be stopped', { error })
      })
      if (request.servers ?? hub.cleanup_servers) {
        await stopAllServers(foundation, parts).catch((error: unknown) => {
          log.error('the servers could not be looked up, and run on', { error })
        })
      } else {
        log.info('Leaving single-user servers running')
        parts.serving.servers.letGo()
      }
      await parts.proxy.stop(request.proxy ?? hub.cleanup_proxy)
    }
    await closer.close()
    log.info('...done')
  }

  return {
    start: async (signal) => {
      try {
        await start(signal)
      } catch (error) {
        await started?.parts.stopServices().catch(() => undefined)
        const isAskedToEnd = signal.aborted && started?.foundation.settings.hub.cleanup_proxy === true
        await (isAskedToEnd ? started?.parts.proxy.stop(true) : started?.parts.proxy.giveUp())?.catch(() => undefined)
        await closer.close()
        // Nothing is left to stop.
        started = undefined
        throw error
      }
    },
    stop: (request) => (stopping ??= stop(request)),
    get parts() {
      if (started === undefined) throw new Error('the hub has not been started')
      return started.parts
    },
  }
}

/** With internal TLS nobody gets in without a certificate of one of the hub's authorities. */
function webServer(web: RequestListener, { internalTls }: Foundation): Server {
  if (internalTls === undefined) return createServer(web)
  return createSecureServer({ ...internalTls.hub, requestCert: true, rejectUnauthorized: true }, web)
}

function resumeDeps(foundation: Foundation, parts: HubParts): Parameters<typeof resumeServers>[1] {
  const { database, clock, settings } = foundation
  const { urls } = settings.addresses
  return {
    database,
    servers: parts.serving.servers,
    writes: parts.serving.writes,
    watch: parts.serving.watch,
    isBlocked: (name) => parts.identity.authenticator.checkBlocked(name, undefined),
    addRoute: async (record) => {
      const { address } = record
      if (address === null || address.port === null) return
      const spec = serverRoutespec(urls, record.userName, record.name)
      const target = baseUrlOf({ proto: address.proto, ip: address.ip, port: address.port })
      await parts.proxy.addRoute(visibleRoute(record.userName, record.name, spec, target), AbortSignal.timeout(30_000))
    },
    baseUrl: urls.baseUrl,
    tls: foundation.internalTls?.hub,
    log: foundation.log,
    now: clock.now,
  }
}

/** Waits for the servers found to be looked at, as long as is configured; -1: as long as it takes. */
async function awaitResumed(
  resuming: { readonly count: number; readonly done: Promise<void> },
  seconds: number,
  log: Log,
): Promise<void> {
  if (resuming.count === 0) return
  const startedAt = performance.now()
  if (seconds < 0) await resuming.done
  else if ((await within(Math.max(1, seconds), resuming.done)) === 'pending') {
    log.warn('servers are still being checked; that goes on in the background', { servers: resuming.count })
    return
  }
  log.info(`Initialized ${resuming.count} spawners in ${((performance.now() - startedAt) / 1_000).toFixed(3)} seconds`)
}
