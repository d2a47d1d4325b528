/** Something that can come to a halt because one side neither sends nor takes anything. */
export interface Watched {
  /** A number that changes with every byte that moves; `NaN` while there is nothing to wait for. */
  progress(): number
  /** Nothing has moved since the last look. A good moment to find out whether both sides are still there. */
  look(): void
  /** Nothing has moved for the whole time allowed. */
  stalled(): void
}

interface Entry {
  progress: number
  quietSince: number
}

const lookEveryMs = 1_000
/** A reader may run ahead of a side that takes nothing by this much at most, and all readers together by this. */
const lookaheadBytes = 32 * 1024 * 1024
const totalLookaheadBytes = 64 * 1024 * 1024
const lookaheadStep = 8 * 1024 * 1024

/**
 * Looks after exchanges that may stand still, all with one timer. Of a connection that is not read because its bytes have
 * nowhere to go nobody hears that it has ended: so a little is read ahead, and nothing is written to it, which fails if it
 * was reset.
 */
export class StallWatch {
  private readonly entries = new Map<Watched, Entry>()
  private lookahead = 0
  private timer: NodeJS.Timeout | undefined

  /** @param limitMs - how long nothing may move; 0: for ever */
  constructor(private readonly limitMs: number) {}

  get size(): number {
    return this.entries.size
  }

  add(watched: Watched): void {
    if (this.entries.has(watched)) return
    this.entries.set(watched, { progress: Number.NaN, quietSince: performance.now() })
    this.timer ??= setInterval(() => this.lookAtAll(), lookEveryMs).unref()
  }

  remove(watched: Watched): void {
    this.entries.delete(watched)
    if (this.entries.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }

  /** @returns how far ahead may be read from now on; give it back with {@link returnLookahead} */
  takeLookahead(before: number): number {
    if (before >= lookaheadBytes || this.lookahead + lookaheadStep > totalLookaheadBytes) return before
    this.lookahead += lookaheadStep
    return before + lookaheadStep
  }

  returnLookahead(bytes: number): void {
    this.lookahead -= bytes
  }

  private lookAtAll(): void {
    const now = performance.now()
    for (const [watched, entry] of this.entries) {
      const progress = watched.progress()
      if (progress !== entry.progress) {
        entry.progress = progress
        entry.quietSince = now
      } else if (this.limitMs > 0 && now - entry.quietSince >= this.limitMs) {
        this.remove(watched)
        watched.stalled()
      } else watched.look()
    }
  }
}
