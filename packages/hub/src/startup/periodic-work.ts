import type { Closer } from '@hub/daemon'
import type { Foundation } from '../assemble/foundation.js'
import type { HubParts } from '../assemble/parts.js'
import { pollActivity } from '../activity/poll-proxy.js'
import { purgeExpired } from './purge-expired.js'

const purgeEveryMs = 3_600_000

/** What the hub does by the clock: old tokens and codes go, activity comes in from the proxy, routes are checked. */
export function schedulePeriodicWork(foundation: Foundation, parts: HubParts, closer: Closer): void {
  const { settings, log } = foundation
  const stopped = new AbortController()
  const every = (ms: number, what: string, work: (signal: AbortSignal) => Promise<void>): void => {
    let timer: NodeJS.Timeout
    const run = (): void => {
      work(stopped.signal)
        .catch((error: unknown) => {
          if (!stopped.signal.aborted) log.error('periodic work failed; it is tried again', { work: what, error })
        })
        .finally(() => {
          if (!stopped.signal.aborted) timer = setTimeout(run, ms).unref()
        })
    }
    timer = setTimeout(run, ms).unref()
    stopped.signal.addEventListener('abort', () => {
      clearTimeout(timer)
    })
  }
  every(purgeEveryMs, 'purge of what has expired', () => purgeExpired(foundation))
  const { last_activity_interval: seconds } = settings.hub
  if (seconds > 0)
    every(seconds * 1_000, 'activity from the proxy', (signal) => pollActivity(foundation, parts.proxy, signal))
  closer.add('periodic work', () => {
    stopped.abort()
  })
}
