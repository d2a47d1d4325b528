import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createProbe } from 'node:net'
import type { Log } from '@hub/api/base'
import { Closer, Connections, drain, listen, type ListenAddress, TlsContexts } from '@hub/daemon'
import { Forwarder, parseTarget } from '@hub/forward'
import { Activity } from './activity.js'
import { appCommand, appEnvironment, type AppPlace } from './app-command.js'
import { AppProcess } from './app-process.js'
import type { HubFacts } from './config/hub-facts.js'
import type { SingleuserSettings } from './config/options.js'
import { CookieRules, Seal } from './cookies.js'
import { Front } from './front.js'
import { Hub } from './hub.js'
import { Identities } from './identities.js'
import { Login } from './login.js'
import { OpenSockets } from './open-sockets.js'
import { untilReady } from './readiness.js'
import { Doorkeeper } from './visit.js'

export interface SingleuserOptions {
  readonly facts: HubFacts
  readonly settings: SingleuserSettings
  /** The app: program and arguments, with words in braces. */
  readonly command: readonly string[]
  /** Of this process; most of it is the app's too. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** The app has ended, or the hub never answered: end with this status. */
  readonly onExit: (code: number) => void
}

/** An app behind the hub's login. Nothing happens before `start`; `stop` may be called twice, and ends the app. */
export interface Singleuser {
  /** @throws CodedError with what to do about it */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  readonly address: ListenAddress
}

const DRAIN_MS = 1_000

export function createSingleuser(options: SingleuserOptions): Singleuser {
  const { facts, settings, log } = options
  const closer = new Closer(log, settings.stop_timeout * 1000 + 5_000)
  const ending = new AbortController()
  let address: ListenAddress | undefined

  const start = async (signal: AbortSignal): Promise<void> => {
    const over = AbortSignal.any([signal, ending.signal])
    const tls = facts.tls && (await TlsContexts.load(facts.tls))
    const place = await appPlace(settings, facts)
    const command = appCommand(options.command, place)

    const hub = new Hub(facts, tls?.options)
    closer.use('hub', hub)
    const cookies = new CookieRules(facts)
    const seal = new Seal()
    const goodForMs = settings.cache_seconds * 1000
    const doorkeeper = new Doorkeeper(facts, cookies, seal, new Identities(hub, goodForMs, log))
    const activity = new Activity(hub, facts.activityIntervalSeconds, log)
    const sockets = closer.use('WebSockets', new OpenSockets(doorkeeper, goodForMs, log))
    const forwarder = closer.use('connections to the app', new Forwarder())
    let isReady = false
    const front = new Front({
      ...{ facts, keepPrefix: settings.keep_prefix, forwarder, doorkeeper, cookies, activity, sockets, log },
      target: parseTarget(
        place.socket === '' ? `http://${place.host}:${place.port}` : `http+unix://${encodeURIComponent(place.socket)}`,
      ),
      login: new Login(facts, hub, cookies, seal, log),
      isReady: () => isReady,
    })

    const server = makeServer(tls)
    server.on('request', front.web)
    server.on('upgrade', front.upgrade)
    const connections = new Connections(server, tls === undefined ? 'connection' : 'secureConnection')
    const listening = await listen(server, facts.listen)
    address = listening.address
    closer.add('listener', async () => {
      await listening.close()
      await drain(server, DRAIN_MS, connections)
    })

    const app = await AppProcess.start(
      {
        command,
        environment: appEnvironment(options.environment, place, settings.share_token),
        stopTimeoutSeconds: settings.stop_timeout,
      },
      log,
      options.onExit,
    )
    closer.add('app', () => app.stop())
    closer.add('waits', () => ending.abort())
    log.info('serving', { at: facts.prefix, ...address })
    hub.checkVersion(log, over).catch((error: unknown) => {
      if (over.aborted) return
      log.error('The hub does not answer: nobody could log in', {
        error: error instanceof Error ? error.message : error,
      })
      options.onExit(1)
    })
    if (facts.hasActivity && facts.activityIntervalSeconds > 0) void activity.run(over)
    const path = settings.keep_prefix && settings.ready_path === '/' ? facts.prefix : settings.ready_path
    void untilReady(place, path, over).then(() => {
      isReady = !over.aborted
      if (isReady) log.info('the app answers')
    })
  }

  const makeServer = (tls: TlsContexts | undefined): Server => {
    // No limit for a request as a whole: uploads take as long as they take.
    const common = { requestTimeout: 0 }
    const server =
      tls === undefined
        ? createHttpServer(common)
        : createHttpsServer({ ...common, ...tls.options, requestCert: true, rejectUnauthorized: true })
    // By default node drops headers beyond the 2,000th; one of them may be the length of the body.
    server.maxHeadersCount = 0
    return server
  }

  return {
    start: async (signal) => {
      try {
        await start(signal)
      } catch (error) {
        ending.abort()
        await closer.close()
        throw error
      }
    },
    stop: async () => {
      ending.abort()
      await closer.close()
    },
    get address() {
      if (address === undefined) throw new Error('the server has not been started')
      return address
    },
  }
}

async function appPlace(settings: SingleuserSettings, { prefix }: HubFacts): Promise<AppPlace> {
  const baseUrl = settings.keep_prefix ? prefix : '/'
  const { app_port: port, app_socket: socket } = settings
  return { host: '127.0.0.1', port: port === 0 && socket === '' ? await freePort() : port, socket, baseUrl }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createProbe()
    probe.once('error', reject)
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = probe.address()
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('no port was bound'))
      })
    })
  })
}
