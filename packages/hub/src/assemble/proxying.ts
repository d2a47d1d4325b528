import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { ProxyApiClient } from '@hub/api/proxy-client'
import { HubError } from '../http/hub-error.js'
import { HubProxy, type ProxyLine } from '../proxy/hub-proxy.js'
import { proxyCommandLine } from '../proxy/proxy-command.js'
import { ProxyProbe } from '../proxy/proxy-probe.js'
import { ProxyProcess } from '../proxy/proxy-process.js'
import type { Route } from '../proxy/route-check.js'
import { extraRoute, hubRoute } from '../proxy/server-route.js'
import { wantedRoutes } from '../proxy/wanted-routes.js'
import { ConfigProblem } from '../startup/config-problem.js'
import type { Addresses } from '../config/addresses.js'
import type { Foundation } from './foundation.js'
import { type HubSettings, revealed } from './hub-settings.js'

/** @param serviceRoutes - routes of services with a URL, asked for at each check */
export async function assembleProxy(
  foundation: Foundation,
  serviceRoutes: () => Promise<readonly Route[]>,
): Promise<HubProxy> {
  const { settings, environment, database, events, log, cookieSecret } = foundation
  const { proxy, addresses } = settings
  const authToken = proxyToken(settings, environment, cookieSecret)
  const { internalTls } = foundation
  const hostRouting = addresses.urls.subdomains !== undefined
  const apiUrl = internalTls === undefined ? proxy.api_url : proxy.api_url.replace(/^http:/, 'https:')
  let address = { apiUrl, authToken, ...(internalTls === undefined ? {} : { tls: internalTls.hub }) }
  const connect = (): ProxyLine => ({
    client: new ProxyApiClient({ ...address, concurrency: proxy.concurrency, hostRouting }),
    probe: new ProxyProbe(address),
  })
  const line = connect()
  const fixed = [
    hubRoute(addresses.hubRoutespec, addresses.urls.connectUrl),
    ...extraRoutes(proxy.extra_routes, hostRouting),
  ]
  return new HubProxy({
    ...line,
    reconnect: (move) => {
      address = { ...address, ...move }
      return connect()
    },
    process: proxy.should_start ? await proxyProcess(foundation, address, line.probe) : undefined,
    wanted: () =>
      wantedRoutes({
        database,
        urls: addresses.urls,
        fixed: async () => [...fixed, ...(await serviceRoutes())],
      }),
    log: log.child({ module: 'proxy' }),
    watchEveryMs: proxy.check_running_interval * 1_000,
    observeRead: (seconds) => events.emit('routesRead', { seconds }),
    observeCheck: (seconds) => events.emit('routesChecked', { seconds }),
  })
}

async function proxyProcess(
  { settings, environment, log, internalTls }: Foundation,
  { apiUrl, authToken }: { readonly apiUrl: string; readonly authToken: string },
  probe: ProxyProbe,
): Promise<ProxyProcess> {
  const { hub, proxy, addresses } = settings
  const argv = await proxyCommandLine(
    {
      command: proxy.command,
      addresses,
      apiUrl,
      internalTls,
      logLevel: proxy.debug ? 'debug' : proxy.log_level,
      sslKey: hub.ssl_key,
      sslCert: hub.ssl_cert,
    },
    environment['PATH'] ?? '',
  )
  warnWithoutTls(settings, log)
  return new ProxyProcess({
    command: { argv, authToken, umask: proxy.command_umask, pidFile: proxy.pid_file },
    environment,
    log,
    answers: (signal) => untilUp(addresses, probe, signal),
    isTaken: (signal) =>
      accepts(addresses, signal).then(
        () => true,
        () => false,
      ),
  })
}

/**
 * The secret shared with the proxy: configured, else made from the cookie secret, so that a hub that is started again
 * can take over the proxy of the one before.
 */
function proxyToken({ proxy }: HubSettings, environment: Foundation['environment'], cookieSecret: Uint8Array): string {
  const given = revealed(proxy.auth_token) ?? environment['CONFIGPROXY_AUTH_TOKEN']
  if (given !== undefined && given !== '') return given
  if (!proxy.should_start) {
    throw new ConfigProblem(
      'ConfigurableHTTPProxy.auth_token',
      'is needed for a proxy that runs on its own; set CONFIGPROXY_AUTH_TOKEN to the same secret for both (openssl rand -hex 32)',
    )
  }
  return createHmac('sha256', cookieSecret).update('configurable-http-proxy').digest('hex')
}

function warnWithoutTls({ hub }: HubSettings, log: Log): void {
  if (hub.ssl_cert !== '' || hub.ssl_key !== '') return
  log.warn('Running JupyterHub without SSL. I hope there is SSL termination happening somewhere else...')
}

function extraRoutes(routes: Readonly<Record<string, string>>, hostRouting: boolean): Route[] {
  return Object.entries(routes).map(([spec, target]) => {
    if (hostRouting && spec.startsWith('/'))
      throw new ConfigProblem('Proxy.extra_routes', `${spec} must begin with a host, as users have hosts of their own`)
    if (!hostRouting && !spec.startsWith('/'))
      throw new ConfigProblem('Proxy.extra_routes', `${spec} must begin with a slash`)
    if (!/^https?:\/\//.test(target))
      throw new ConfigProblem('Proxy.extra_routes', `the target of ${spec} must be a http or https URL`)
    return extraRoute(spec.endsWith('/') ? spec : `${spec}/`, target)
  })
}

/** The proxy's API takes our token and its public port accepts connections. */
async function untilUp(addresses: Addresses, probe: ProxyProbe, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const up = await Promise.all([probe.probe(signal), accepts(addresses, signal)]).then(
      () => true,
      () => false,
    )
    if (up) return
    await delay(20, undefined, { signal })
  }
}

const perTryMs = 5_000

function accepts({ publicBind }: Addresses, signal: AbortSignal): Promise<void> {
  const where =
    'socket' in publicBind
      ? { path: publicBind.socket }
      : { host: publicBind.ip === '' ? '127.0.0.1' : publicBind.ip, port: publicBind.port }
  return new Promise((resolve, reject) => {
    // A signal of its own: sockets never take their listener off the one they are given.
    const socket = connect({ ...where, signal: AbortSignal.any([signal, AbortSignal.timeout(perTryMs)]) })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', (error) => {
      reject(new HubError('proxy_not_listening', 500, 'The proxy does not listen yet.', { cause: error }))
    })
  })
}
