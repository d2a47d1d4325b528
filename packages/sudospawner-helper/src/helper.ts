import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIP } from 'node:net'
import type { Log } from '@hub/api/base'
import { Closer, Connections, drain, listen, type ListenAddress, TlsContexts } from '@hub/daemon'
import { HelperApi } from './api.js'
import { Cgroups } from './cgroups.js'
import type { HelperSettings } from './config.js'
import { HelperSetupError } from './errors.js'
import { recover } from './recover.js'
import { mountRoutes } from './routes.js'
import { Servers } from './servers.js'
import { StateFile } from './state-file.js'
import { TokenTable } from './tokens.js'
import { version } from './version.js'
import { watchServers } from './watch-servers.js'

/** A helper. Nothing happens before `start`; `stop` may be called twice, and leaves the servers running. */
export interface Helper {
  /** @throws CodedError with what to do about it */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  /** Reads key and certificate again. */
  reload(): Promise<void>
  /** Where it listens; after `start`. */
  readonly address: ListenAddress
}

/** Event streams do not end by themselves; everything else is short. */
const DRAIN_MS = 1_000
const REQUEST_MS = 60_000

export function createHelper(settings: HelperSettings, log: Log): Helper {
  const closer = new Closer(log)
  let tls: TlsContexts | undefined
  let address: ListenAddress | undefined

  const start = async (): Promise<void> => {
    assertListenable(settings)
    warnOfSettings(settings, log)
    const state = await StateFile.open(settings.state_dir)
    const servers = new Servers(settings, state, await Cgroups.open(settings.cgroup, log), log)
    await servers.makeFolders()
    await recover(servers, await state.read(), log)
    closer.add('watch', watchServers(servers, settings.max_log_size, log))
    const api = new HelperApi(new TokenTable(settings.tokens), log)
    mountRoutes(api, servers, settings)

    const server = await makeServer()
    server.on('request', api.handle)
    const connections = new Connections(server, tls === undefined ? 'connection' : 'secureConnection')
    const listening = await listen(
      server,
      settings.port === 0
        ? { socket: settings.socket, socketMode: settings.socket_mode }
        : { host: settings.ip, port: settings.port },
    )
    closer.add('listener', async () => {
      await listening.close()
      await drain(server, DRAIN_MS, connections)
    })
    address = listening.address
    log.info('listening', { version, ...address, tls: tls !== undefined })
  }

  const makeServer = async (): Promise<Server> => {
    const options = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }
    if (settings.ssl_cert === '') return createHttpServer(options)
    tls = await TlsContexts.load(
      { key: settings.ssl_key, cert: settings.ssl_cert, ca: settings.ssl_client_ca },
      { minVersion: 'TLSv1.2' },
    )
    const asksForCertificate = settings.ssl_client_ca !== ''
    const server = createHttpsServer({
      ...options,
      ...tls.options,
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate,
    })
    closer.add(
      'TLS',
      tls.follow((loaded) => server.setSecureContext(loaded)),
    )
    return server
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
      await tls?.reload()
      log.info('key and certificate were read again')
    },
    get address() {
      if (address === undefined) throw new Error('the helper has not been started')
      return address
    },
  }
}

/** A token in the clear on a network would be anybody's. */
function assertListenable({ ip, port, ssl_cert: cert }: HelperSettings): void {
  const isLoopback = ip === 'localhost' || ip === '::1' || (isIP(ip) === 4 && ip.startsWith('127.'))
  if (port !== 0 && cert === '' && !isLoopback)
    throw new HelperSetupError(
      `Listening on ${ip === '' ? 'every interface' : ip} needs TLS: set SudoSpawnerHelper.ssl_key and ssl_cert, or ip = '127.0.0.1'.`,
    )
}

function warnOfSettings(settings: HelperSettings, log: Log): void {
  if (Object.keys(settings.tokens).length === 0)
    log.warn('No hub can use this helper: SudoSpawnerHelper.tokens is empty. Make one with `sudospawner-helper token`.')
  if (settings.allowed_users.size === 0 && settings.allowed_groups.size === 0)
    log.warn('No server can be started: set SudoSpawnerHelper.allowed_groups or allowed_users.')
}
