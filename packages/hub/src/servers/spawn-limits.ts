import { HubError } from '../http/hub-error.js'

export interface SpawnLimits {
  /** Servers that may be starting at once; 0 lifts the limit. */
  readonly concurrentSpawnLimit: number
  /** Servers that may be active at once; 0 lifts the limit. */
  readonly activeServerLimit: number
  /** Bounds of the wait suggested to a refused caller, in seconds. */
  readonly throttleRetryRangeSeconds: readonly [low: number, high: number]
}

export interface ServerCounts {
  /** Servers between the request for them and their route in the proxy. */
  readonly starting: number
  readonly active: number
}

/** @throws {@link HubError} 429 when as many servers are starting, or active, as are allowed. */
export function assertMaySpawn(counts: ServerCounts, limits: SpawnLimits, random: () => number): void {
  if (limits.concurrentSpawnLimit > 0 && counts.starting >= limits.concurrentSpawnLimit) {
    const [low, high] = limits.throttleRetryRangeSeconds
    // A spread answer keeps refused browsers from all coming back in the same second.
    const seconds = Math.round(low + random() * (high - low))
    throw new HubError(
      'spawn_throttled',
      429,
      `Too many users trying to log in right now. Try again in ${inRoundFigures(seconds)}.`,
      { headers: { 'Retry-After': String(seconds) }, reason: 'throttled' },
    )
  }
  if (limits.activeServerLimit > 0 && counts.active >= limits.activeServerLimit) {
    throw new HubError('too_many_servers', 429, 'Active user limit exceeded. Try again in a few minutes.', {
      reason: 'too-many-users',
    })
  }
}

/** Rounded up to tens of seconds, to whole minutes above 90 seconds: nobody is promised the second. */
function inRoundFigures(seconds: number): string {
  const tens = Math.ceil(seconds / 10) * 10
  if (tens <= 90) return `${tens} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}
