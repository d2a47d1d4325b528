import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Log } from '@hub/api/base'
import { Closer, Connections, drain, listen, type Listening, PidFile, TlsContexts } from '@hub/daemon'
import { Forwarder } from '@hub/forward'
import { RoutesApi } from './api.js'
import { ErrorPages } from './error-pages.js'
import type { ListenPlace, ProxyOptions, TlsOptions } from './options.js'
import { loadStorageBackend, PluginRouteStore } from './plugin-route-store.js'
import { redirectServer } from './redirect-server.js'
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

/** Idle time within a request head; the head itself has a minute. */
const headersTimeoutMs = 60_000

export function createProxy(options: ProxyOptions, log: Log): Proxy {
  const closer = new Closer(log)
  const contexts: TlsContexts[] = []
  const routes: RouteStore =
    options.storageBackend === undefined
      ? new MemoryRouteStore()
      : new PluginRouteStore(loadStorageBackend(options.storageBackend, { ...options, log }), log)
  let addresses: Proxy['addresses'] | undefined
  let stopping: Promise<unknown> | undefined

  const tlsOf = async (tls: TlsOptions | undefined): Promise<TlsContexts | undefined> => {
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
    return loaded
  }

  const start = async (): Promise<void> => {
    const statistics = options.metrics === undefined ? noStatistics : await prometheusStatistics()
    const clientTls = options.clientTls === undefined ? undefined : await TlsContexts.load(options.clientTls)
    if (clientTls !== undefined) contexts.push(clientTls)
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
    closer.add('connections to targets', () => forwarder.close())
    const errorPages = new ErrorPages({
      tls: towardsTargets,
      log,
      ...(options.errorTarget === undefined ? {} : { target: options.errorTarget }),
      ...(options.errorPath === undefined ? {} : { folder: options.errorPath }),
    })
    if (options.defaultTarget !== undefined) await addDefaultRoute(routes, options.defaultTarget, log)
    const traffic = new Traffic({ store: routes, forwarder, errorPages, statistics, log, ...options })
    const tls = await tlsOf(options.tls)
    const proxy = await open(traffic.web, { place: options.listen, what: 'proxy', contexts: tls, tls: options.tls, upgrade: traffic.upgrade })
    log.info(`Proxying ${tls === undefined ? 'http' : 'https'}://${proxy} to ${options.defaultTarget ?? '(no default)'}`)
    const api = new RoutesApi({ store: routes, authToken: options.authToken, hostRouting: options.hostRouting, statistics, log })
    if (options.authToken === '') log.warn('REST API is not authenticated. Set CONFIGPROXY_AUTH_TOKEN.')
    const apiTls = await tlsOf(options.apiTls)
    const apiAddress = await open((request, response) => void api.handle(request, response), {
      place: options.api,
      what: 'API',
      contexts: apiTls,
      tls: options.apiTls,
    })
    log.info(`Proxy API at ${apiTls === undefined ? 'http' : 'https'}://${apiAddress}/api/routes`)
    const metrics = options.metrics === undefined ? undefined : await openMetrics(options.metrics, statistics)
    if (options.redirect !== undefined) await openRedirect(options.redirect)
    if (options.pidFile !== undefined) {
      log.info(`Writing pid ${process.pid} to ${options.pidFile}`)
      closer.use('pid file', await PidFile.write(options.pidFile))
    }
    addresses = { proxy, api: apiAddress, ...(metrics === undefined ? {} : { metrics }) }
  }

  interface Opening {
    readonly place: ListenPlace
    readonly what: string
    readonly contexts?: TlsContexts | undefined
    readonly tls?: TlsOptions | undefined
    readonly upgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void
  }

  /** Listens, and adds what closes it again. @returns the address as text */
  const open = async (handler: RequestListener, opening: Opening): Promise<string> => {
    const settings = {
      keepAliveTimeout: options.keepAliveTimeoutMs,
      headersTimeout: headersTimeoutMs,
      // No limit for a request as a whole: uploads take as long as they take.
      requestTimeout: 0,
      // Header values are bytes to a proxy; what node's parser takes leniently is refused.
      insecureHTTPParser: false,
    }
    const server: Server =
      opening.contexts === undefined
        ? createHttpServer(settings, handler)
        : createHttpsServer(
            {
              ...settings,
              ...opening.contexts.options,
              requestCert: opening.tls?.requestCert ?? false,
              rejectUnauthorized: opening.tls?.rejectUnauthorized ?? false,
              ALPNProtocols: ['http/1.1'],
            },
            handler,
          )
    if (opening.contexts !== undefined && 'setSecureContext' in server) {
      const https = server as Server & { setSecureContext(options: object): void } // an https server has it
      opening.contexts.follow((loaded) => https.setSecureContext(loaded))
    }
    if (opening.upgrade !== undefined) listenForUpgrades(server, handler, opening.upgrade)
    if (options.clientTimeoutMs > 0 && opening.what === 'proxy') server.setTimeout(options.clientTimeoutMs)
    const connections = new Connections(server, opening.contexts === undefined ? 'connection' : 'secureConnection')
    const listening = await listen(server, opening.place)
    closer.add(opening.what, async () => {
      await listening.close()
      await drain(server, options.drainMs, connections)
    })
    return addressText(listening)
  }

  const openMetrics = async (place: ListenPlace, statistics: TrafficStatistics): Promise<string> => {
    const address = await open(
      (request, response) => {
        if (request.url !== '/metrics') {
          response.writeHead(404).end('Not Found')
          return
        }
        void statistics.text().then((text) => response.writeHead(200, { 'Content-Type': statistics.contentType }).end(text))
      },
      { place, what: 'metrics' },
    )
    log.info(`Serve metrics at http://${address}/metrics`)
    return address
  }

  const openRedirect = async ({ port, to }: { readonly port: number; readonly to: number | undefined }): Promise<void> => {
    const own = 'port' in options.listen ? options.listen.port : 443
    const server = redirectServer(to ?? own, to !== undefined || own !== 443)
    const connections = new Connections(server)
    const listening = await listen(server, { port })
    closer.add('redirects', async () => {
      await listening.close()
      await drain(server, options.drainMs, connections)
    })
    log.info(`Added HTTP to HTTPS redirection from ${port} to ${to ?? own}`)
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
      stopping ??= closer.close()
      await stopping
    },
    reload: async () => {
      for (const each of contexts) await each.reload()
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

/**
 * Only WebSockets are upgraded; what else a client offers to speak it does not get, and its request is an ordinary one.
 * Node has taken the connection out of its parser's hands by then, so such a request is the connection's last, and one
 * with a body, which nobody would parse, is refused.
 */
function listenForUpgrades(
  server: Server,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (isWebSocket(request)) {
      upgrade(request, socket, head)
      return
    }
    socket.on('error', () => socket.destroy())
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.on('finish', () => socket.destroySoon())
    if (coding !== undefined || (length !== undefined && length !== '0')) response.writeHead(400, { 'Content-Length': 0 }).end()
    else handler(request, response)
  })
}

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

function addressText({ address }: Listening): string {
  if (address.kind === 'unix') return address.path
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
