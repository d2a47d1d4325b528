import type { RouteMatch } from './route-store.js'
import type { TrafficStatistics } from './traffic-statistics.js'

/** Somebody uses the route just now. */
export function noteActivity(match: RouteMatch, statistics: TrafficStatistics): void {
  if (!statistics.isOn) {
    match.touch()
    return
  }
  const startedAt = performance.now()
  match.touch()
  statistics.observeActivity((performance.now() - startedAt) / 1_000)
}
