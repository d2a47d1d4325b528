import type { ProgressEvent } from '../contract.js'

/** Events of one start, for whoever follows it from whatever time on. */
export class EventQueue {
  readonly #events: ProgressEvent[] = []
  readonly #waiting = new Set<() => void>()
  #ended = false

  readonly tell = (event: ProgressEvent): void => {
    this.#events.push(event)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  async *follow(signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined> {
    const stop = (): void => this.#wake()
    signal.addEventListener('abort', stop)
    try {
      for (let next = 0; !signal.aborted;) {
        const event = this.#events[next]
        if (event !== undefined) {
          next++
          yield event
        } else if (this.#ended) return
        else await new Promise<void>((resolve) => this.#waiting.add(resolve))
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
