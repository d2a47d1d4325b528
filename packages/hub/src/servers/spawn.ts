import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, Log, ServerFacts } from '@hub/api'
import { type ServerAddress, SpawnError, type Spawner, type Started } from '@hub/spawner'
import type { Authenticator } from '@hub/authenticator'
import { isDatabaseAway } from '../database/errors.js'
import type { StubbornWrites } from '../database/stubborn-writes.js'
import type { HubEvents } from '../events.js'
import { visibleRoute } from '../proxy/server-route.js'
import type { InternalTls } from '../internal-tls/internal-tls.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import { abortable, withDeadline } from './deadline.js'
import { diskFullInstead } from './disk-full.js'
import type { LaunchRecords, Launch } from './launch-records.js'
import type { LiveServer } from './live-servers.js'
import { baseUrlOf, type ServerAddressParts } from './server-address.js'
import { withLastLines } from './server-log.js'
import type { ServerOwner } from './server-owner.js'
import type { ServerRecord } from './server-store.js'
import {
  ServerExitedError,
  SpawnCancelledError,
  type SpawnFailure,
  spawnFailure,
  SpawnTimeoutError,
} from './spawn-failure.js'
import { UndoStack } from './undo-stack.js'
import type { ServerWatch } from './watch.js'
import { type ClientTls, waitUntilUp } from './wait-until-up.js'

/** One start that somebody has asked for; limits have been checked, and nobody else is at it. */
export interface SpawnOrder {
  readonly owner: ServerOwner
  readonly live: LiveServer
  /** The server as it was before: stopped. */
  readonly previous: ServerRecord
  /** Null: as at the previous start. */
  readonly userOptions: JsonObject | null
  readonly displayName?: string
  /** Who asked: `user:ada`, `service:culler`, `hub`. */
  readonly actor: string
  /** Query of the request, which spawners may look at. */
  readonly query?: Readonly<Record<string, readonly string[]>>
}

export interface SpawnDeps {
  readonly records: LaunchRecords
  readonly writes: StubbornWrites
  readonly authenticator: Authenticator
  readonly proxy: HubProxy
  readonly watch: ServerWatch
  readonly events: HubEvents
  readonly log: Log
  readonly tls: ClientTls | undefined
  /** Issues the certificates of servers; undefined: they talk in the clear. */
  readonly certificates: Pick<InternalTls, 'forServer'> | undefined
  readonly random: () => number
  /** Told the version of each server that comes up. */
  readonly onServerVersion: (version: string | null) => void
  /** Told each failure, for `consecutive_failure_limit`; undefined: the start succeeded. */
  readonly onOutcome: (failure: SpawnFailure | undefined) => void
}

/**
 * Starts a server: claim it, prepare it, start it, wait until it answers, add its route, ready. Each step is noted in
 * the database before the next one begins, so a hub that is killed in between knows what to do with it afterwards.
 * Whatever fails, what has been taken so far is given back in reverse, once, at the end.
 *
 * @throws what the start failed with
 */
export async function spawn(order: SpawnOrder, cancelled: AbortSignal, deps: SpawnDeps): Promise<void> {
  const { owner, live } = order
  const log = deps.log.child({ user: owner.name, server: live.serverName })
  const undo = new UndoStack(log)
  const startedAt = performance.now()
  const seconds = (): number => (performance.now() - startedAt) / 1_000
  let launch: Launch | undefined
  const child: StartedProcess = { state: undefined, outlives: false, isEnding: false }
  try {
    const claimed = await deps.records.claim(order)
    launch = claimed
    undo.push('token, OAuth client and address', async () => {
      if (child.outlives) return
      await deps.writes.run('take back what a start had written', () => deps.records.release(claimed))
    })

    live.waitsFor = 'preparations'
    await prepare(order, launch, cancelled, deps)
    launch = { ...launch, facts: await withCertificates(order, launch.facts, cancelled, deps) }
    live.waitsFor = 'process'
    const started = await startProcess(order, launch, child, { cancelled, undo }, deps)
    const address = await deps.records.saveAddress(launch, secured(started.address, deps))

    live.waitsFor = 'answer'
    await waitForAnswer(order, address, started.state, cancelled, deps)
    log.info(`User ${owner.name} took ${seconds().toFixed(3)} seconds to start`)
    deps.events.emit('serverStarted', { user: owner.name, server: live.serverName, seconds: seconds() })

    live.waitsFor = 'route'
    const route = visibleRoute(owner.name, live.serverName, launch.routespec, baseUrlOf(address))
    undo.push('route', () => deps.proxy.deleteRoute(route.spec, AbortSignal.timeout(30_000)))
    log.info(`Adding user ${owner.name} to proxy ${route.spec} => ${route.target}`)
    await timed(
      (s, ok) => deps.events.emit('routeAdded', { succeeded: ok, seconds: s }),
      () => deps.proxy.addRoute(route, cancelled),
    )

    await deps.records.enterReady(launch)
    deps.watch.begin(live, started.state)
    deps.onOutcome(undefined)
  } catch (reason) {
    const error = diskFullInstead(reason)
    const failure = spawnFailure(error)
    // Noted first: a hub that is killed from here on ends what is left of it, and does not take it for a start to go on with.
    if (launch !== undefined && child.state !== undefined) child.isEnding = await noteFailing(launch, deps, log)
    const apiToken = launch?.facts.apiToken ?? ''
    const shown = await withLastLines({ error, spawner: live.spawner, state: child.state, apiToken, log })
    await undo.undoAll()
    if (launch === undefined && isDatabaseAway(error)) {
      await deps.writes.run('take back a start', () => deps.records.abandon(order, failure))
    }
    if (launch !== undefined) {
      const ended = { launch, child, isCancelled: error instanceof SpawnCancelledError }
      await runAfterStop(order, deps, log)
      await deps.writes.run('note how a start has ended', () => enterEnd(order, ended, failure, deps))
    }
    if (!(error instanceof SpawnCancelledError)) {
      logFailure(error, failure, log)
      deps.events.emit('spawnFailed', {
        user: owner.name,
        server: live.serverName,
        seconds: seconds(),
        status: failure.kind,
        reason: failure.reason,
      })
      deps.onOutcome(failure)
    }
    throw shown
  }
}

/** Authenticator's and administrator's hooks, in upstream's order; each may refuse the start or change the options. */
async function prepare(order: SpawnOrder, launch: Launch, signal: AbortSignal, deps: SpawnDeps): Promise<void> {
  const { live, owner } = order
  const { spawner } = live
  const hooks = async (): Promise<void> => {
    await deps.authenticator.preSpawnStart(owner.forHooks, { serverName: live.serverName, config: spawner.config })
    await spawner.runAuthStateHook(await owner.forHooks.authState())
    await spawner.applyGroupOverrides()
    await spawner.applyUserOptions(launch.userOptions)
    await spawner.runPreSpawnHook()
  }
  await abortable(hooks(), signal)
}

/** The server's certificate, brought to where the server can read it. */
async function withCertificates(
  { owner, live }: SpawnOrder,
  facts: ServerFacts,
  signal: AbortSignal,
  { certificates }: SpawnDeps,
): Promise<ServerFacts> {
  if (certificates === undefined) return facts
  const { spawner } = live
  const issued = spawner.createCerts((request) => certificates.forServer(owner.name, live.serverName, request))
  return { ...facts, certificates: await abortable(spawner.moveCerts(await abortable(issued, signal)), signal) }
}

/** A server that has a certificate listens with it, unless its spawner says otherwise. */
function secured(address: ServerAddress, { certificates }: SpawnDeps): ServerAddress {
  if (certificates === undefined || typeof address === 'string' || address instanceof URL) return address
  return { https: true, ...address }
}

/** What a start has put into the world. */
interface StartedProcess {
  /** What was written of it, which is what a stop needs; undefined: nothing was started. */
  state: JsonObject | undefined
  /** The start failed, and so did ending the process. */
  outlives: boolean
  /** The start failed, and the database says that the server is on its way out. */
  isEnding: boolean
}

/** Runs the spawner's `start` within `start_timeout`. The state it saves on the way is enough to end what it started. */
async function startProcess(
  order: SpawnOrder,
  launch: Launch,
  child: StartedProcess,
  { cancelled, undo }: { readonly cancelled: AbortSignal; readonly undo: UndoStack },
  deps: SpawnDeps,
): Promise<Started> {
  const { spawner } = order.live
  const timeoutSeconds = spawner.config.start_timeout
  undo.push('process', async () => {
    if (child.state === undefined) return
    child.outlives = true
    await spawner.stop(child.state, { now: true }, AbortSignal.timeout(stopAfterFailureMs))
    child.outlives = false
  })
  using deadline = withDeadline(
    cancelled,
    timeoutSeconds * 1_000,
    () =>
      new SpawnTimeoutError(
        `${order.owner.name}'s server failed to start in ${timeoutSeconds} seconds, giving up. ` +
          'Is the machine busy, an image being fetched, a home directory slow? Spawner.start_timeout can be raised.',
      ),
  )
  const request = {
    server: launch.facts,
    userOptions: launch.userOptions,
    ...(order.query === undefined ? {} : { requestQuery: order.query }),
    save: (saved: JsonObject): Promise<void> => {
      deadline.signal.throwIfAborted()
      return save(saved)
    },
  }
  const save = async (next: JsonObject): Promise<void> => {
    const isFirst = child.state === undefined
    if (!isFirst && isDeepStrictEqual(child.state, next)) return
    child.state = next
    await (isFirst ? deps.records.enterStarting(launch, next) : deps.records.saveState(launch, next))
  }
  const started = await abortable(spawner.start(request, deadline.signal), deadline.signal)
  await save(started.state)
  return started
}

/** How long the clean-up after a failed start waits for the process to end. */
const stopAfterFailureMs = 75_000

/** Waits until the server answers HTTP; a process that ends meanwhile fails the start at once. */
async function waitForAnswer(
  order: SpawnOrder,
  address: ServerAddressParts,
  state: JsonObject,
  cancelled: AbortSignal,
  deps: SpawnDeps,
): Promise<void> {
  const { live, owner } = order
  // Deadlines of servers started together spread, so that their clean-ups do not come all at once.
  const timeoutSeconds = live.spawner.config.http_timeout * (0.9 + 0.2 * deps.random())
  const url = new URL(`${address.basePath}api`, baseUrlOf(address))
  const ended = new AbortController()
  const stopListening = live.spawner.onExit?.(state, (result) => {
    if (result.status === 'exited') ended.abort(new ServerExitedError(owner.name, result.code))
  })
  using deadline = withDeadline(
    AbortSignal.any([cancelled, ended.signal]),
    timeoutSeconds * 1_000,
    () =>
      new SpawnTimeoutError(
        `${owner.name}'s server never showed up at ${url.href} after ${Math.round(timeoutSeconds)} seconds. Giving up. ` +
          'Does it listen there, does its log tell why not? Spawner.http_timeout can be raised.',
      ),
  )
  try {
    const version = await waitUntilUp(
      { url, log: deps.log, random: deps.random, ...(deps.tls === undefined ? {} : { tls: deps.tls }) },
      deadline.signal,
    )
    deps.onServerVersion(version)
  } catch (error) {
    throw await exitedInstead(live.spawner, state, owner.name, error)
  } finally {
    stopListening?.()
  }
}

/** A server that is gone did not time out: say what it ended with. */
async function exitedInstead(spawner: Spawner, state: JsonObject, userName: string, error: unknown): Promise<unknown> {
  if (!(error instanceof SpawnTimeoutError)) return error
  const poll = await spawner.poll(state, AbortSignal.timeout(5_000)).catch(() => undefined)
  return poll?.status === 'exited' ? new ServerExitedError(userName, poll.code) : error
}

async function noteFailing(launch: Launch, deps: SpawnDeps, log: Log): Promise<boolean> {
  try {
    await deps.records.enterStopping(launch, 'the start failed')
    return true
  } catch (error) {
    log.error('could not note that a start failed', { error })
    return false
  }
}

interface EndedStart {
  readonly launch: Launch
  readonly child: StartedProcess
  readonly isCancelled: boolean
}

async function enterEnd(
  { live }: SpawnOrder,
  { launch, child, isCancelled }: EndedStart,
  failure: SpawnFailure,
  deps: SpawnDeps,
): Promise<void> {
  // It may even say ready: a statement can have been carried out without an answer.
  if (!child.isEnding && child.state !== undefined) await deps.records.enterStopping(launch, 'the start failed')
  if (child.outlives) await keepAnEyeOn(live, launch, child.state ?? {}, failure, deps)
  else if (isCancelled) await deps.records.enterStopped(launch, 'cancelled')
  else await deps.records.enterFailed(launch, failure)
}

/** A process that could not be ended is not taken for stopped: nothing is started beside it, and a stop can be tried again. */
async function keepAnEyeOn(
  live: LiveServer,
  launch: Launch,
  state: JsonObject,
  failure: SpawnFailure,
  deps: SpawnDeps,
): Promise<void> {
  await deps.records.enterUnknown(launch, failure, 'its process could not be ended after the start had failed')
  live.isUp = true
  deps.watch.begin(live, state)
}

/** After every stop, and so after a failed start as well; their own errors change nothing any more. */
async function runAfterStop({ live, owner }: SpawnOrder, deps: SpawnDeps, log: Log): Promise<void> {
  try {
    await live.spawner.runPostStopHook()
    await deps.authenticator.postSpawnStop(owner.forHooks, { serverName: live.serverName, config: live.spawner.config })
  } catch (error) {
    log.error('a hook failed after the stop', { error })
  }
}

function logFailure(error: unknown, failure: SpawnFailure, log: Log): void {
  if (error instanceof SpawnTimeoutError) log.warn(error.logText)
  else if (failure.kind === 'failure')
    log.warn('the start was refused', { status: failure.status, message: logMessageOf(error) ?? failure.message })
  else log.error('the start failed', { error, message: logMessageOf(error) })
}

/** What a spawner wants to have logged instead of what people are told. */
function logMessageOf(error: unknown): string | undefined {
  return error instanceof SpawnError ? error.logMessage : undefined
}

async function timed<T>(observe: (seconds: number, succeeded: boolean) => void, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  try {
    const result = await work()
    observe((performance.now() - startedAt) / 1_000, true)
    return result
  } catch (error) {
    observe((performance.now() - startedAt) / 1_000, false)
    throw error
  }
}
