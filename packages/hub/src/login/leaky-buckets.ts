/** Counts per key what may happen only so often; counts run out evenly over the window. */
export class LeakyBuckets {
  readonly #levels = new Map<string, { level: number; atMs: number }>()

  constructor(
    /** What a bucket holds before it is full; 0: it is never full. */
    readonly size: number,
    /** How long a full bucket takes to run dry. */
    readonly windowMs: number,
    readonly maxKeys = 50_000,
  ) {}

  /** How long until one more fits in; 0: it does now. */
  waitMs(key: string, nowMs: number): number {
    if (this.size === 0) return 0
    const surplus = this.#levelAt(key, nowMs) + 1 - this.size
    return surplus <= 0 ? 0 : Math.ceil((surplus * this.windowMs) / this.size)
  }

  add(key: string, nowMs: number): void {
    this.#set(key, this.#levelAt(key, nowMs) + 1, nowMs)
  }

  takeBack(key: string, nowMs: number): void {
    this.#set(key, Math.max(0, this.#levelAt(key, nowMs) - 1), nowMs)
  }

  empty(key: string): void {
    this.#levels.delete(key)
  }

  #levelAt(key: string, nowMs: number): number {
    const known = this.#levels.get(key)
    if (known === undefined) return 0
    return Math.max(0, known.level - ((nowMs - known.atMs) * this.size) / this.windowMs)
  }

  #set(key: string, level: number, atMs: number): void {
    // A Map iterates in the order of insertion: what was touched last is forgotten last.
    this.#levels.delete(key)
    if (this.size === 0 || level === 0) return
    this.#levels.set(key, { level, atMs })
    if (this.#levels.size <= this.maxKeys) return
    const [oldest] = this.#levels.keys()
    if (oldest !== undefined) this.#levels.delete(oldest)
  }
}
