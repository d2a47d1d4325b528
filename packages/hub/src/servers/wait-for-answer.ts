import type { JsonObject } from '@hub/api'
import type { Spawner } from '@hub/spawner'
import { withDeadline } from './deadline.js'
import { baseUrlOf, type ServerAddressParts } from './server-address.js'
import { ServerExitedError, SpawnTimeoutError } from './spawn-failure.js'
import type { SpawnDeps, SpawnOrder } from './spawn-order.js'
import { waitUntilUp } from './wait-until-up.js'

/** Waits until the server answers HTTP; a process that ends meanwhile fails the start at once. */
export async function waitForAnswer(
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
