interface Entry<T> {
  readonly value: T
  readonly loadedAtMs: number
}

/** Remembers the visitors seen last, for a short while. The one unused for longest goes first. */
export class RecentVisitors<T> {
  readonly #entries = new Map<string, Entry<T>>()
  /** Counts the clearing, so that a look-up that began before it is not kept after it. */
  #epoch = 0

  constructor(
    readonly maxEntries = 10_000,
    /** After this long a visitor is looked up again, so that what was changed behind the hub's back comes to light. */
    readonly maxAgeMs = 60_000,
  ) {}

  async resolve(key: string, now: Date, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.#entries.get(key)
    if (known !== undefined && now.getTime() - known.loadedAtMs <= this.maxAgeMs) {
      // A Map iterates in the order of insertion: putting the entry back at the end keeps it young.
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known.value
    }
    const epoch = this.#epoch
    const value = await load()
    if (epoch === this.#epoch) this.#keep(key, value, now)
    return value
  }

  clear(): void {
    this.#epoch += 1
    this.#entries.clear()
  }

  #keep(key: string, value: T | undefined, now: Date): void {
    this.#entries.delete(key)
    if (value === undefined) return
    this.#entries.set(key, { value, loadedAtMs: now.getTime() })
    if (this.#entries.size <= this.maxEntries) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
