import type { JsonObject, Log } from '@hub/api'
import type { Authenticator } from '@hub/authenticator'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import type { StubbornWrites } from '../database/stubborn-writes.js'
import type { HubEvents } from '../events.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import type { LiveServer } from './live-servers.js'
import type { ServerOwner } from './server-owner.js'
import { enteredFrom, type ServerPhase } from './server-phase.js'
import * as phases from './server-state-store.js'
import * as serverStore from './server-store.js'
import { forgetLaunch, type ServerTokens } from './server-token.js'

/** Reason of the stops that come with the end of the hub. */
export const hubIsEnding = 'the hub is ending'

/** One stop of a server. */
export interface StopOrder {
  readonly owner: ServerOwner
  readonly live: LiveServer
  /** What the spawner had saved. */
  readonly state: JsonObject
  /** Start that this stop ends. */
  readonly generation: number
  /** Route and prefix of the server. */
  readonly servicePrefix: string
  /** Its OAuth client. */
  readonly clientId: string | null
  /** What the proxy routes to the server by. */
  readonly routespec: string
  readonly actor: string
  readonly reason: string
  /** The process is known to be gone: only the traces are removed. */
  readonly exited: boolean
}

export interface StopDeps {
  readonly database: Database
  readonly activity: Pick<ActivityRecorder, 'report'>
  readonly writes: StubbornWrites
  readonly proxy: HubProxy
  readonly authenticator: Authenticator
  readonly events: HubEvents
  readonly log: Log
  readonly now: () => Date
  readonly onTokensDeleted: (tokens: ServerTokens) => void
}

/** The spawner's own ladder of signals has its time-outs; this is for one that hangs. */
const stopTimeoutMs = 300_000
const routeTimeoutMs = 30_000

/**
 * Stops a server: stopping, route away, process ended, traces removed, stopped. A hub killed in between finds the
 * server in `stopping` and begins again at the top; each step may be done twice.
 *
 * @returns whether it was still the server of this order; one that was stopped, or started anew, meanwhile is left alone
 * @throws what the spawner's `stop` threw; the server is then `unknown`, not stopped, for its process may live
 */
export async function stop(order: StopOrder, deps: StopDeps): Promise<boolean> {
  const { owner, live } = order
  const log = deps.log.child({ user: owner.name, server: live.serverName })
  const startedAt = performance.now()
  const seconds = (): number => (performance.now() - startedAt) / 1_000
  const tell = (succeeded: boolean): void => {
    deps.events.emit('serverStopped', {
      user: owner.name,
      server: live.serverName,
      seconds: seconds(),
      succeeded,
      exited: order.exited,
      withHub: order.reason === hubIsEnding,
    })
  }
  try {
    const begin = (): Promise<boolean> => enter(order, 'stopping', deps)
    if (!(await (order.exited ? deps.writes.run('note that a server has ended', begin) : begin()))) {
      log.info('the server was stopped by somebody else meanwhile')
      return false
    }
    live.stopWatching?.()
    await removeRoute(order, deps, log)
    if (!order.exited) await live.spawner.stop(order.state, { now: false }, AbortSignal.timeout(stopTimeoutMs))
    // The process is gone whether that can be written now or not.
    await deps.writes.run('remove the traces of a server', () => removeTraces(order, deps))
    await runAfterStop(order, deps, log)
    await deps.writes.run('note that a server has stopped', () => enter(order, 'stopped', deps))
  } catch (error) {
    log.error('the server could not be stopped', { error })
    tell(false)
    throw error
  }
  log.info(`User ${owner.name} server took ${seconds().toFixed(3)} seconds to stop`)
  tell(true)
  return true
}

/** @returns whether it is still the server of this order */
function enter(order: StopOrder, to: ServerPhase, deps: StopDeps): Promise<boolean> {
  return phases.transition(deps.database.autocommit, order.live.spawnerId, {
    // Coming back to `stopping` is how a stop that was broken off goes on.
    from: to === 'stopping' ? [...enteredFrom.stopping, 'stopping'] : enteredFrom[to],
    to,
    generation: order.generation,
    at: deps.now(),
    actor: order.actor,
    reason: order.reason,
  })
}

/** First of all, so that nobody is sent to a server on its way out. A proxy that is away loses the route by itself. */
async function removeRoute(order: StopOrder, deps: StopDeps, log: Log): Promise<void> {
  const startedAt = performance.now()
  const observe = (succeeded: boolean): void => {
    deps.events.emit('routeDeleted', { succeeded, seconds: (performance.now() - startedAt) / 1_000 })
  }
  log.info(`Removing user ${order.owner.name} from proxy (${order.routespec})`)
  try {
    await deps.proxy.deleteRoute(order.routespec, AbortSignal.timeout(routeTimeoutMs))
    observe(true)
  } catch (error) {
    observe(false)
    log.error('the route stays for now; the next check of routes removes it', { error })
  }
}

async function removeTraces({ live, owner, servicePrefix, clientId }: StopOrder, deps: StopDeps): Promise<void> {
  const at = deps.now()
  await deps.database.write(async (tx) => {
    if (live.spawner.willResume) await serverStore.detachAddress(tx, live.spawnerId)
    else await forgetLaunch(tx, live.spawnerId, servicePrefix)
    await serverStore.update(tx, live.spawnerId, {
      started: null,
      lastActivity: at,
      ...(live.spawner.willResume ? {} : { state: {} }),
    })
  })
  deps.activity.report('users', owner.id, at)
  deps.onTokensDeleted({ userId: owner.id, clientId })
}

async function runAfterStop({ live, owner }: StopOrder, deps: StopDeps, log: Log): Promise<void> {
  try {
    await live.spawner.runPostStopHook()
    await deps.authenticator.postSpawnStop(owner.forHooks, { serverName: live.serverName, config: live.spawner.config })
  } catch (error) {
    log.error('a hook failed after the stop', { error })
  }
}
