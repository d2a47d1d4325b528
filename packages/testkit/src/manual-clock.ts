/** Time and chance that only move when a test says so. */
export class ManualClock {
  #ms: number

  constructor(start: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#ms = start.getTime()
  }

  readonly now = (): Date => new Date(this.#ms)

  /** Milliseconds that only go forward, as `performance.now()` gives them. */
  readonly monotonic = (): number => this.#ms

  /** The middle of every range. */
  readonly random = (): number => 0.5

  advance(ms: number): void {
    this.#ms += ms
  }
}
