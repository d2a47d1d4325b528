import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { isDatabaseAway } from './errors.js'

const firstWaitMs = 200
const longestWaitMs = 5_000

/** Repeats what must be written, because it has happened already, until the database takes it or the hub ends. */
export class StubbornWrites {
  readonly #ending = new AbortController()

  constructor(private readonly log: Log) {}

  /**
   * @param what - for the log: what could not be done
   * @param write - may have succeeded without saying so, and must stand a repetition
   * @throws what `write` throws, unless the database is slow or away; then also, once the hub ends
   */
  async run<T>(what: string, write: () => Promise<T>): Promise<T> {
    const { signal } = this.#ending
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        return await write()
      } catch (error) {
        if (signal.aborted || !isDatabaseAway(error)) throw error
        this.log.warn(`could not ${what}; it is tried again`, { error })
        await delay(waitMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** From now on everything is tried once: the next hub finds what is left. */
  end(): void {
    this.#ending.abort()
  }
}
