import type { JsonObject, Log } from '@hub/api'
import { SpawnError } from '@hub/spawner'
import type { Launch } from './launch-records.js'
import type { LiveServer } from './live-servers.js'
import { type SpawnFailure, SpawnTimeoutError } from './spawn-failure.js'
import type { SpawnDeps, SpawnOrder } from './spawn-order.js'
import type { StartedProcess } from './start-process.js'

/** @returns whether the database says now that the server is on its way out */
export async function noteFailing(launch: Launch, deps: SpawnDeps, log: Log): Promise<boolean> {
  try {
    await deps.records.enterStopping(launch, 'the start failed')
    return true
  } catch (error) {
    log.error('could not note that a start failed', { error })
    return false
  }
}

export interface EndedStart {
  readonly launch: Launch
  readonly child: StartedProcess
  readonly isCancelled: boolean
}

/** Notes what became of a start that failed, once all it had taken is given back. */
export async function enterEnd(
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

export function logFailure(error: unknown, failure: SpawnFailure, log: Log): void {
  if (error instanceof SpawnTimeoutError) log.warn(error.logText)
  else if (failure.kind === 'failure')
    log.warn('the start was refused', { status: failure.status, message: logMessageOf(error) ?? failure.message })
  else log.error('the start failed', { error, message: logMessageOf(error) })
}

/** What a spawner wants to have logged instead of what people are told. */
function logMessageOf(error: unknown): string | undefined {
  return error instanceof SpawnError ? error.logMessage : undefined
}
