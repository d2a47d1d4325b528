import type { Log } from '@hub/api'
import type { Database } from '../database/index.js'
import { type ActiveTable, touchMany } from '../users/user-activity-store.js'

export interface ActivityRecorderDeps {
  readonly database: Database
  readonly log: Log
  readonly now: () => Date
  /** Requests count at most once in this time, in milliseconds; 0: each. */
  readonly resolutionMs: number
  /** How often what was seen is written, in milliseconds. */
  readonly flushEveryMs: number
}

/** Ids remembered for throttling, each kind; forgetting one costs an extra write, no more. */
const rememberedIds = 50_000

/**
 * Who was active when: kept in memory, each value only ever moving forward, and written in one statement a table every
 * few seconds. A hub that is killed loses the last few seconds of activity and nothing else.
 */
export class ActivityRecorder {
  readonly #pending: Readonly<Record<ActiveTable, Map<number, Date>>> = {
    users: new Map(),
    spawners: new Map(),
    api_tokens: new Map(),
  }
  readonly #seen: Readonly<Record<ActiveTable, Map<number, number>>> = {
    users: new Map(),
    spawners: new Map(),
    api_tokens: new Map(),
  }
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(private readonly deps: ActivityRecorderDeps) {}

  /** A request by a user, with a token or a cookie; throttled. */
  seen(table: 'users' | 'api_tokens', id: number): void {
    const now = this.deps.now()
    const last = this.#seen[table].get(id)
    if (last !== undefined && now.getTime() - last < this.deps.resolutionMs) return
    remember(this.#seen[table], id, now.getTime())
    this.report(table, id, now)
  }

  /** Activity at a given time, as servers and the proxy tell it; older than what is known changes nothing. */
  report(table: ActiveTable, id: number, at: Date): void {
    const known = this.#pending[table].get(id)
    if (known === undefined || known < at) this.#pending[table].set(id, at)
  }

  /** The later of what is stored and what is about to be. */
  latest(table: ActiveTable, id: number, stored: Date | null): Date | null {
    const pending = this.#pending[table].get(id)
    return pending !== undefined && (stored === null || stored < pending) ? pending : stored
  }

  /** These rows are gone; sqlite gives their ids to the next ones, which have done nothing yet. */
  forget(table: ActiveTable, ids: Iterable<number>): void {
    for (const id of ids) {
      this.#pending[table].delete(id)
      this.#seen[table].delete(id)
    }
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.flush().catch((error: unknown) => {
        this.deps.log.error('activity could not be written; it is tried again', { error })
      })
    }, this.deps.flushEveryMs)
    this.#timer.unref()
  }

  /** Writes what has been seen; also called before a listing that is sorted by it. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flushNow())
    return this.#flushing
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  async #flushNow(): Promise<void> {
    const tables = (['users', 'spawners', 'api_tokens'] as const).filter((table) => this.#pending[table].size > 0)
    if (tables.length === 0) return
    const batches = await this.deps.database.write(async (tx) => {
      // Looked up now that it is this transaction's turn: whoever deletes rows has said so before.
      const batches = tables.map((table) => ({ table, entries: [...this.#pending[table]] }))
      for (const { table, entries } of batches) {
        await touchMany(
          tx,
          table,
          entries.map(([id, at]) => ({ id, at })),
        )
      }
      return batches
    })
    // Kept until they are stored, so that `latest` never goes back; what came meanwhile stays for the next time.
    for (const { table, entries } of batches) {
      for (const [id, at] of entries) if (this.#pending[table].get(id) === at) this.#pending[table].delete(id)
    }
  }
}

function remember(seen: Map<number, number>, id: number, at: number): void {
  seen.delete(id)
  seen.set(id, at)
  if (seen.size > rememberedIds) {
    const oldest = seen.keys().next()
    if (oldest.done !== true) seen.delete(oldest.value)
  }
}
