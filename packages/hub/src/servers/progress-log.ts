import type { ProgressEvent } from '@hub/spawner'

/**
 * What a start has said so far. Whoever asks gets it from the beginning and then live, however late they come:
 * the browser opens the event stream after the start has begun.
 */
export class ProgressLog {
  readonly #events: ProgressEvent[] = []
  #ended = false
  #wake: (() => void)[] = []

  add(event: ProgressEvent): void {
    if (this.#ended) return
    this.#events.push(event)
    this.#wakeAll()
  }

  /** No more events: followers finish. */
  end(): void {
    this.#ended = true
    this.#wakeAll()
  }

  /** All events from the first one; ends with the log, or quietly when `signal` is aborted. */
  async *follow(signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    for (let next = 0; !signal.aborted;) {
      const event = this.#events[next]
      if (event !== undefined) {
        next++
        yield event
      } else if (this.#ended) return
      else await this.#changed(signal)
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
      this.#wake.push(wake)
    })
  }

  #wakeAll(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const wake of waiting) wake()
  }
}
