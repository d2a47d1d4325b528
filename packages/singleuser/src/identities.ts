import type { Log } from '@hub/api/base'
import type { Hub, Identity } from './hub.js'

interface Entry {
  readonly identity: Identity
  readonly at: number
}

const MOST_ENTRIES = 1_000
/** While the hub is away, who was known stays known for this long. */
const AWAY_MS = 300_000
/** An unknown token is asked for again after this: a page with a hundred pictures is one question. */
const UNKNOWN_MS = 2_000

/**
 * Who visitors are, asked of the hub once in a while. A visit is known by its token and the session of the browser at the
 * hub, so a new login there is seen at once.
 */
export class Identities {
  readonly #known = new Map<string, Entry>()
  readonly #unknown = new Map<string, number>()
  readonly #asking = new Map<string, Promise<Identity | undefined>>()

  /** @param clock - milliseconds that only go forward */
  constructor(
    private readonly hub: Pick<Hub, 'identify'>,
    private readonly goodForMs: number,
    private readonly log: Log,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @throws when the hub must be asked and does not answer */
  async find(token: string, sessionId: string): Promise<Identity | undefined> {
    const key = `${sessionId}:${token}`
    const known = this.#known.get(key)
    if (known !== undefined && this.clock() - known.at < this.goodForMs) return known.identity
    const unknownUntil = this.#unknown.get(key)
    if (unknownUntil !== undefined && unknownUntil > this.clock()) return undefined
    const asking = this.#asking.get(key) ?? this.#ask(key, token, known)
    this.#asking.set(key, asking)
    return asking
  }

  async #ask(key: string, token: string, before: Entry | undefined): Promise<Identity | undefined> {
    try {
      const identity = await this.hub.identify(token)
      this.#known.delete(key)
      if (identity === undefined) remember(this.#unknown, key, this.clock() + UNKNOWN_MS)
      else remember(this.#known, key, { identity, at: this.clock() })
      return identity
    } catch (error) {
      if (before === undefined || this.clock() - before.at > AWAY_MS) throw error
      this.log.warn('the hub cannot be asked who a visitor is; it was known a moment ago', {
        user: before.identity.name,
      })
      return before.identity
    } finally {
      this.#asking.delete(key)
    }
  }
}

function remember<V>(entries: Map<string, V>, key: string, value: V): void {
  entries.delete(key)
  entries.set(key, value)
  for (const oldest of entries.keys()) {
    if (entries.size <= MOST_ENTRIES) return
    entries.delete(oldest)
  }
}
