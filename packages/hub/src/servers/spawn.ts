import type { Log, ServerFacts } from '@hub/api'
import type { ServerAddress } from '@hub/spawner'
import { isDatabaseAway } from '../database/errors.js'
import { visibleRoute } from '../proxy/server-route.js'
import { abortable } from './deadline.js'
import { diskFullInstead } from './disk-full.js'
import { enterEnd, logFailure, noteFailing } from './failed-start.js'
import type { Launch } from './launch-records.js'
import { baseUrlOf } from './server-address.js'
import { withLastLines } from './server-log.js'
import { SpawnCancelledError, spawnFailure } from './spawn-failure.js'
import type { SpawnDeps, SpawnOrder } from './spawn-order.js'
import { type StartedProcess, startProcess } from './start-process.js'
import { UndoStack } from './undo-stack.js'
import { waitForAnswer } from './wait-for-answer.js'

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

/** After every stop, and so after a failed start as well; their own errors change nothing any more. */
async function runAfterStop({ live, owner }: SpawnOrder, deps: SpawnDeps, log: Log): Promise<void> {
  try {
    await live.spawner.runPostStopHook()
    await deps.authenticator.postSpawnStop(owner.forHooks, { serverName: live.serverName, config: live.spawner.config })
  } catch (error) {
    log.error('a hook failed after the stop', { error })
  }
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
