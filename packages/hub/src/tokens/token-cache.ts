import { createHash } from 'node:crypto'

/** What the cache has to know of what it keeps. */
export interface CachedToken {
  readonly id: number
  readonly userId: number | null
  readonly serviceId: number | null
  readonly clientId: string | null
  readonly sessionId: string | null
  readonly expiresAt: Date | null
}

export interface TokenCacheOptions {
  /** Tokens kept; the one unused for longest goes first. */
  readonly maxEntries: number
  /** After this long a token is looked up again, so that what was changed behind the hub's back comes to light. */
  readonly maxAgeMs: number
}

interface Entry<T> {
  readonly value: T
  readonly loadedAt: number
}

/**
 * Remembers what presented tokens turned out to be, under their SHA-256, so that verifying one needs no SQL.
 * Whoever deletes or changes tokens, their owners or their clients must call the matching `forget…`, after the commit.
 */
export class TokenCache<T extends CachedToken> {
  readonly #entries = new Map<string, Entry<T>>()
  /** Counts the forgetting, so that a look-up that began before a deletion is not kept after it. */
  #epoch = 0

  constructor(readonly options: TokenCacheOptions = { maxEntries: 10_000, maxAgeMs: 60_000 }) {}

  /** The token from memory, else from `load`. Unknown ones are not remembered: there are endlessly many. */
  async resolve(token: string, now: Date, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const digest = createHash('sha256').update(token).digest('base64')
    const known = this.#fresh(digest, now)
    if (known !== undefined) return known
    const epoch = this.#epoch
    const value = await load()
    if (value !== undefined && epoch === this.#epoch) this.#keep(digest, { value, loadedAt: now.getTime() })
    return value
  }

  forgetToken(id: number): void {
    this.#forget((value) => value.id === id)
  }

  forgetUser(userId: number): void {
    this.#forget((value) => value.userId === userId)
  }

  forgetService(serviceId: number): void {
    this.#forget((value) => value.serviceId === serviceId)
  }

  forgetClient(clientId: string): void {
    this.#forget((value) => value.clientId === clientId)
  }

  forgetSession(sessionId: string): void {
    this.#forget((value) => value.sessionId === sessionId)
  }

  forgetAll(): void {
    this.#forget(() => true)
  }

  get size(): number {
    return this.#entries.size
  }

  #fresh(digest: string, now: Date): T | undefined {
    const entry = this.#entries.get(digest)
    if (entry === undefined) return undefined
    this.#entries.delete(digest)
    const { expiresAt } = entry.value
    if (expiresAt !== null && expiresAt <= now) return undefined
    if (now.getTime() - entry.loadedAt > this.options.maxAgeMs) return undefined
    // Put back at the end: a Map keeps the order of insertion, so the first key is the one unused for longest.
    this.#entries.set(digest, entry)
    return entry.value
  }

  #keep(digest: string, entry: Entry<T>): void {
    this.#entries.set(digest, entry)
    if (this.#entries.size <= this.options.maxEntries) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }

  #forget(matches: (value: T) => boolean): void {
    this.#epoch += 1
    for (const [digest, { value }] of this.#entries) if (matches(value)) this.#entries.delete(digest)
  }
}
