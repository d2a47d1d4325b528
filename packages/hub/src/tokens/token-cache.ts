import { createHash } from 'node:crypto'
import type { ApiToken } from './token-store.js'

/** What the cache has to know of what it keeps. */
export interface CachedToken {
  readonly id: number
  readonly userId: number | null
  readonly serviceId: number | null
  readonly clientId: string | null
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
  /** What this entry is forgotten by. */
  readonly keys: readonly string[]
}

/**
 * Remembers what presented tokens turned out to be, under their SHA-256, so that verifying one needs no SQL.
 * Whoever deletes or changes tokens, their owners or their clients must call the matching `forget…`, after the commit.
 */
export class TokenCache<T extends CachedToken = ApiToken> {
  readonly #entries = new Map<string, Entry<T>>()
  /** Digests by what they are forgotten by. */
  readonly #digestsByKey = new Map<string, Set<string>>()
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
    if (value !== undefined && epoch === this.#epoch) this.#keep(digest, value, now)
    return value
  }

  forgetToken(id: number): void {
    this.#forget(`token ${id}`)
  }

  forgetUser(userId: number): void {
    this.#forget(`user ${userId}`)
  }

  forgetService(serviceId: number): void {
    this.#forget(`service ${serviceId}`)
  }

  forgetClient(clientId: string): void {
    this.#forget(`client ${clientId}`)
  }

  clear(): void {
    this.#epoch += 1
    this.#entries.clear()
    this.#digestsByKey.clear()
  }

  get size(): number {
    return this.#entries.size
  }

  #fresh(digest: string, now: Date): T | undefined {
    const entry = this.#entries.get(digest)
    if (entry === undefined) return undefined
    const { expiresAt } = entry.value
    const isExpired = expiresAt !== null && expiresAt <= now
    if (isExpired || now.getTime() - entry.loadedAt > this.options.maxAgeMs) {
      this.#drop(digest)
      return undefined
    }
    // Put back at the end: a Map keeps the order of insertion, so the first key is the one unused for longest.
    this.#entries.delete(digest)
    this.#entries.set(digest, entry)
    return entry.value
  }

  #keep(digest: string, value: T, now: Date): void {
    this.#drop(digest)
    const keys = keysOf(value)
    this.#entries.set(digest, { value, loadedAt: now.getTime(), keys })
    for (const key of keys) {
      const digests = this.#digestsByKey.get(key)
      if (digests) digests.add(digest)
      else this.#digestsByKey.set(key, new Set([digest]))
    }
    if (this.#entries.size <= this.options.maxEntries) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#drop(oldest.value)
  }

  #drop(digest: string): void {
    const entry = this.#entries.get(digest)
    if (entry === undefined) return
    this.#entries.delete(digest)
    for (const key of entry.keys) {
      const digests = this.#digestsByKey.get(key)
      digests?.delete(digest)
      if (digests?.size === 0) this.#digestsByKey.delete(key)
    }
  }

  #forget(key: string): void {
    this.#epoch += 1
    for (const digest of [...(this.#digestsByKey.get(key) ?? [])]) this.#drop(digest)
  }
}

function keysOf(value: CachedToken): readonly string[] {
  const keys = [`token ${value.id}`]
  if (value.userId !== null) keys.push(`user ${value.userId}`)
  if (value.serviceId !== null) keys.push(`service ${value.serviceId}`)
  // Nearly every API token has the built-in client, which is never forgotten by: one set of them all would be of no use.
  if (value.clientId !== null && value.clientId !== 'jupyterhub') keys.push(`client ${value.clientId}`)
  return keys
}
