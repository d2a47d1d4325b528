import { createHash } from 'node:crypto'
import { BoundedCache } from '../access/bounded-cache.js'
import { isTokenStoredAs } from './token-hash.js'

/**
 * Compares presented tokens with stored ones. A comparison costs thousands of rounds where somebody else chose the token, and comes
 * out the same each time: it is made once, however often what the token may do is looked up anew.
 */
export class TokenVerifier {
  readonly #matches: BoundedCache<boolean>

  constructor(maxEntries = 10_000) {
    this.#matches = new BoundedCache(maxEntries)
  }

  isStoredAs(token: string, hashed: string): boolean {
    // Remembered under a digest: the token itself is in memory for no longer than its request.
    const key = createHash('sha256').update(hashed).update('\n').update(token).digest('base64')
    return this.#matches.getOrMake(key, () => isTokenStoredAs(token, hashed))
  }
}
