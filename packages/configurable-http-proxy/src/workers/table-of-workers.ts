import type { RouteKey } from '../route-key.js'
import type { ListedRoute, MaybePromise, RouteData, RouteMatch, RouteStore } from '../route-store.js'
import type { TableInMemory } from '../stores/open-store.js'
import type { WorkerPool } from './worker-pool.js'

/** The table of the first process, with copies in the workers: a change is answered when they all have it. */
export class TableOfWorkers implements RouteStore {
  private readonly spreading = new Set<Promise<unknown>>()
  private unfollow: () => void

  constructor(
    private readonly table: TableInMemory,
    private readonly pool: WorkerPool,
  ) {
    this.unfollow = table.memory.follow(({ key, row }) => {
      const spread = pool.ask(
        row === undefined ? { kind: 'unset', key } : { kind: 'set', route: [key, row.data, row.lastActivity] },
      )
      this.spreading.add(spread)
      void spread.finally(() => this.spreading.delete(spread))
    })
  }

  get size(): number | undefined {
    return this.table.size
  }

  get trouble(): string | undefined {
    return this.table.trouble
  }

  open(): Promise<void> {
    return this.table.open?.() ?? Promise.resolve()
  }

  find(path: string): MaybePromise<RouteMatch | undefined> {
    return this.table.find(path)
  }

  async get(key: RouteKey): Promise<ListedRoute | undefined> {
    await this.pool.ask({ kind: 'ask', what: 'activity' })
    return await this.table.get(key)
  }

  async list(inactiveSince?: Date): Promise<Record<RouteKey, ListedRoute>> {
    await this.pool.ask({ kind: 'ask', what: 'activity' })
    return await this.table.list(inactiveSince)
  }

  async add(key: RouteKey, data: RouteData): Promise<void> {
    await this.table.add(key, data)
    await this.spread()
  }

  async remove(key: RouteKey): Promise<boolean> {
    const was = await this.table.remove(key)
    await this.spread()
    return was
  }

  async close(): Promise<void> {
    this.unfollow()
    await this.table.close?.()
  }

  private async spread(): Promise<void> {
    await Promise.all(this.spreading)
  }
}
