import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@hub/api/base'
import type { Hub } from './hub.js'

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 15_000
const GIVE_UP_MS = 60_000

/** Tells the hub now and then when the app was last used. */
export class Activity {
  #last = new Date()
  #told: Date | undefined

  constructor(
    private readonly hub: Pick<Hub, 'report'>,
    private readonly intervalSeconds: number,
    private readonly log: Log,
  ) {}

  /** A visitor has done something. */
  touch(): void {
    this.#last = new Date()
  }

  get last(): Date {
    return this.#last
  }

  /** Reports at once, then at intervals, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tell(signal)
      // Spread, so that servers started together do not all report at once.
      const waitMs = this.intervalSeconds * 1000 * (0.9 + 0.2 * Math.random())
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #tell(signal: AbortSignal): Promise<void> {
    const at = this.#last
    if (this.#told !== undefined && at <= this.#told) return
    const giveUpAt = performance.now() + GIVE_UP_MS
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        await this.hub.report(at, signal)
        this.#told = at
        return
      } catch (error) {
        if (signal.aborted) return
        const isOver = performance.now() + waitMs > giveUpAt
        this.log[isOver ? 'error' : 'debug']('activity could not be reported', {
          error: error instanceof Error ? error.message : error,
        })
        if (isOver) return
        await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }
}
