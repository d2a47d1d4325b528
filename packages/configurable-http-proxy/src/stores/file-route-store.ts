import type { Log } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { ListedRoute, MemoryRouteStore, RouteData, RouteMatch, RouteStore } from '../route-store.js'
import { RoutesFile } from './routes-file.js'

/** Activity is written this often, and at the end. */
const activityEveryMs = 30_000

/** The table in memory, and in a file from which it is there again after a restart. */
export class FileRouteStore implements RouteStore {
  private file: RoutesFile | undefined
  private timer: NodeJS.Timeout | undefined
  private failure: string | undefined

  /** @param memory - one that notes activity */
  constructor(
    private readonly path: string,
    readonly memory: MemoryRouteStore,
    private readonly log: Log,
  ) {}

  get size(): number {
    return this.memory.size
  }

  get trouble(): string | undefined {
    return this.failure
  }

  /** @throws RoutesFileError */
  async open(): Promise<void> {
    const { memory, log, path } = this
    const { file, entries } = await RoutesFile.open(path, () => memory.rows(), log)
    for (const entry of entries) {
      if ('add' in entry) memory.add(entry.add, entry.data, entry.at)
      else if ('remove' in entry) memory.remove(entry.remove)
      else memory.noteActivity(entry.active, false)
    }
    await file.rewrite()
    this.file = file
    log.info(`${memory.size} routes read from ${path}`)
    this.timer = setInterval(() => void this.writeActivity(), activityEveryMs).unref()
  }

  find(path: string): RouteMatch | undefined {
    return this.memory.find(path)
  }

  get(key: RouteKey): ListedRoute | undefined {
    return this.memory.get(key)
  }

  list(inactiveSince?: Date): Record<RouteKey, ListedRoute> {
    return this.memory.list(inactiveSince)
  }

  async add(key: RouteKey, data: RouteData): Promise<void> {
    const at = Date.now()
    await this.append({ add: key, data, at })
    this.memory.add(key, data, at)
  }

  async remove(key: RouteKey): Promise<boolean> {
    if (this.memory.get(key) === undefined) return false
    await this.append({ remove: key })
    return this.memory.remove(key)
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.writeActivity()
    await this.file?.close()
  }

  private async append(entry: Parameters<RoutesFile['append']>[0]): Promise<void> {
    if (this.file === undefined) throw new Error('the routes file was not opened')
    try {
      await this.file.append(entry)
      this.failure = undefined
    } catch (error) {
      this.failure = 'the routes file cannot be written'
      throw error
    }
  }

  private async writeActivity(): Promise<void> {
    const active = this.memory.takeActivity()
    if (active.length === 0 || this.file === undefined) return
    await this.append({ active }).catch((error: unknown) => {
      this.log.warn('the activity of routes could not be written', { error })
    })
  }
}
