import type { Log } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { ListedRoute, MemoryRouteStore, RouteData, RouteMatch, RouteRow, RouteStore } from '../route-store.js'
import { StorageAwayError, type ConnectTable, type SharedTable } from './shared-table.js'

/** Activity is written this often. */
const activityEveryMs = 1_000
/** Between two tries to come back to a server that is away. */
const retryMs = { first: 100, most: 2_000 }

/**
 * A table that several proxies share through a server. Each has a copy in memory by which requests are routed, whether
 * the server is there or not; changes go to the server first, and what it then has is what comes into the copies.
 */
export class SharedRouteStore implements RouteStore {
  private table: SharedTable | undefined
  private isClosed = false
  private timer: NodeJS.Timeout | undefined
  private retry: NodeJS.Timeout | undefined
  /** Keys to be read again, or `all`. */
  private stale: Set<RouteKey> | 'all' = new Set()
  private refreshing: Promise<void> | undefined

  /** @param memory - one that notes activity */
  constructor(
    private readonly connect: ConnectTable,
    readonly memory: MemoryRouteStore,
    private readonly log: Log,
  ) {}

  get size(): number {
    return this.memory.size
  }

  get trouble(): string | undefined {
    return this.table === undefined ? 'the server that keeps the routes is away' : undefined
  }

  /** @throws when the server is away: without a table there is nothing to serve. */
  async open(): Promise<void> {
    await this.connectOnce()
    this.timer = setInterval(() => void this.writeActivity(), activityEveryMs).unref()
  }

  find(path: string): RouteMatch | undefined {
    return this.memory.find(path)
  }

  get(key: RouteKey): ListedRoute | undefined {
    return this.memory.get(key)
  }

  async list(inactiveSince?: Date): Promise<Record<RouteKey, ListedRoute>> {
    try {
      // Requests that others have forwarded count too.
      if (this.table !== undefined) this.memory.noteActivity(await this.table.readActivity(), false)
    } catch (error) {
      this.log.debug('the activity of routes could not be read', { error })
    }
    return this.memory.list(inactiveSince)
  }

  async add(key: RouteKey, data: RouteData): Promise<void> {
    await this.ask((table) => table.write(key, data, Date.now()))
    await this.refresh(key)
  }

  async remove(key: RouteKey): Promise<boolean> {
    const was = await this.ask((table) => table.remove(key))
    await this.refresh(key)
    return was
  }

  async close(): Promise<void> {
    await this.writeActivity()
    this.isClosed = true
    clearInterval(this.timer)
    clearTimeout(this.retry)
    const { table } = this
    this.table = undefined
    await table?.close()
  }

  private async ask<T>(question: (table: SharedTable) => Promise<T>): Promise<T> {
    if (this.table === undefined) throw new StorageAwayError()
    try {
      return await question(this.table)
    } catch (error) {
      throw error instanceof StorageAwayError || this.table !== undefined ? error : new StorageAwayError(error)
    }
  }

  private async connectOnce(): Promise<void> {
    const link: { table?: SharedTable; lost?: Error } = {}
    link.table = await this.connect({
      changed: (key) => {
        // Before the table is there, changes are only written down: it is being read as a whole.
        if (this.table === link.table) void this.refresh(key).catch(() => {})
        else this.stale = 'all'
      },
      lost: (error) => {
        link.lost = error
        if (this.table !== undefined && this.table === link.table) this.lost(error)
      },
    })
    try {
      this.replaceAll(await link.table.readAll())
      if (link.lost !== undefined) throw link.lost
      if (this.isClosed) throw new StorageAwayError()
    } catch (error) {
      await link.table.close().catch(() => {})
      throw error
    }
    this.table = link.table
    if (this.stale === 'all') void this.refresh(undefined).catch(() => {})
  }

  private lost(error: Error): void {
    const { table } = this
    this.table = undefined
    void table?.close().catch(() => {})
    if (this.isClosed) return
    this.log.error('the server that keeps the routes is away; the last known routes are used on', {
      reason: error.message,
    })
    this.comeBack(retryMs.first)
  }

  private comeBack(afterMs: number): void {
    this.retry = setTimeout(() => {
      this.connectOnce().then(
        () => {
          if (this.table !== undefined) this.log.info('the server that keeps the routes is back')
        },
        () => {
          if (!this.isClosed) this.comeBack(Math.min(afterMs * 2, retryMs.most))
        },
      )
    }, afterMs)
  }

  /** Reads again what may have changed; one reading at a time, so that a late answer never covers a newer one. */
  private refresh(key: RouteKey | undefined): Promise<void> {
    if (key === undefined) this.stale = 'all'
    else if (this.stale !== 'all') this.stale.add(key)
    const before = this.refreshing ?? Promise.resolve()
    const mine = before.catch(() => {}).then(() => this.readStale())
    this.refreshing = mine
    return mine
  }

  private async readStale(): Promise<void> {
    const { stale } = this
    if (stale !== 'all' && stale.size === 0) return
    this.stale = new Set()
    try {
      if (stale === 'all') this.replaceAll(await this.ask((table) => table.readAll()))
      else {
        const rows = await this.ask((table) => table.read([...stale]))
        for (const key of stale) this.set(key, rows.get(key))
      }
    } catch (error) {
      // A reading that failed is as if everything might have changed; after a loss it is read as a whole anyway.
      this.stale = 'all'
      throw error
    }
  }

  private replaceAll(rows: ReadonlyMap<RouteKey, RouteRow>): void {
    for (const [key] of [...this.memory.rows()]) if (!rows.has(key)) this.memory.remove(key)
    for (const [key, row] of rows) this.set(key, row)
  }

  private set(key: RouteKey, row: RouteRow | undefined): void {
    if (row === undefined) this.memory.remove(key)
    else {
      const known = this.memory.row(key)
      if (known !== undefined && JSON.stringify(known.data) === JSON.stringify(row.data)) {
        this.memory.noteActivity([[key, row.lastActivity]], false)
      } else this.memory.add(key, row.data, row.lastActivity)
    }
  }

  private async writeActivity(): Promise<void> {
    if (this.table === undefined) return
    const active = this.memory.takeActivity()
    if (active.length === 0) return
    try {
      await this.table.noteActivity(active)
    } catch (error) {
      this.memory.giveBackActivity(active)
      this.log.debug('the activity of routes could not be written', { error })
    }
  }
}
