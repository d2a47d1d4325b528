import type { Log } from '@hub/api'
import type { SpawnFailure } from './spawn-failure.js'

export interface FailureCountDeps {
  /** Starts that may fail in a row; 0: any number. */
  readonly limit: number
  readonly log: Log
  /** Ends the hub, for whoever watches it to start it again. */
  readonly giveUp: () => void
}

/** Counts starts that failed in a row, over all users: when none succeeds any more, the hub itself may be the reason. */
export class FailureCount {
  #count = 0

  constructor(private readonly deps: FailureCountDeps) {}

  /** @param failure - undefined for a start that succeeded */
  note(failure: SpawnFailure | undefined): void {
    if (failure === undefined) this.#count = 0
    if (failure?.kind !== 'error' || this.deps.limit === 0) return
    this.#count += 1
    const { limit, log, giveUp } = this.deps
    if (this.#count >= limit) {
      log.error('too many starts have failed in a row; the hub ends', { failed: this.#count, limit })
      giveUp()
    } else if (this.#count > 1) log.warn('starts fail one after the other', { failed: this.#count, limit })
  }
}
