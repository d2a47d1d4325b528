/** Remembers the results last used; past `maxEntries` the one unused for longest goes. */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>()

  constructor(readonly maxEntries: number) {}

  get size(): number {
    return this.#entries.size
  }

  /** The value remembered for `key`, or else the one that `make` returns now. */
  getOrMake(key: string, make: () => Value): Value {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      // A Map iterates in the order of insertion: putting the entry back at the end keeps it young.
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const value = make()
    this.#entries.set(key, value)
    if (this.#entries.size > this.maxEntries) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    return value
  }
}
