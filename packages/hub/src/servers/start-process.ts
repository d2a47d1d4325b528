import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '@hub/api'
import type { Started } from '@hub/spawner'
import { abortable, withDeadline } from './deadline.js'
import type { Launch } from './launch-records.js'
import { SpawnTimeoutError } from './spawn-failure.js'
import type { SpawnDeps, SpawnOrder } from './spawn-order.js'
import type { UndoStack } from './undo-stack.js'

/** What a start has put into the world. */
export interface StartedProcess {
  /** What was written of it, which is what a stop needs; undefined: nothing was started. */
  state: JsonObject | undefined
  /** The start failed, and so did ending the process. */
  outlives: boolean
  /** The start failed, and the database says that the server is on its way out. */
  isEnding: boolean
}

/** Runs the spawner's `start` within `start_timeout`. The state it saves on the way is enough to end what it started. */
export async function startProcess(
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
