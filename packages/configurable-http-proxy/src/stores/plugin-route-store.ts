import { createRequire } from 'node:module'
import type { Log } from '@hub/api/base'
import type { Target, TargetUrlError } from '@hub/forward'
import { routeKey, type RouteKey } from '../route-key.js'
import { targetOf, type ListedRoute, type RouteData, type RouteMatch, type RouteStore } from '../route-store.js'

/** What a storage back end stores and gives back; `last_activity` is a Date and must come back as one. */
export interface StoredRoute extends RouteData {
  readonly last_activity?: Date
}

/**
 * The interface of configurable-http-proxy's storage back ends: a CommonJS module that exports a class of this shape,
 * made with `new Backend(options)`.
 */
export interface StorageBackend {
  get(path: string): Promise<StoredRoute | undefined>
  getAll(): Promise<Record<string, StoredRoute>>
  /** The longest prefix of a decoded path. */
  getTarget(path: string): Promise<{ readonly prefix: string; readonly data: StoredRoute } | undefined>
  add(path: string, data: RouteData): Promise<unknown>
  update(path: string, data: Partial<StoredRoute>): Promise<unknown>
  remove(path: string): Promise<unknown>
  cleanPath?(path: string): string
}

export type StorageBackendClass = new (options: Readonly<Record<string, unknown>>) => StorageBackend

/** @param name - an absolute path or a package; found from this package's own folder. @throws when there is no such module */
export function loadStorageBackend(name: string, options: Readonly<Record<string, unknown>>): StorageBackend {
  const loaded: unknown = createRequire(import.meta.url)(name)
  const exported = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded
  if (typeof exported !== 'function') throw new TypeError(`The storage back end '${name}' does not export a class.`)
  // What it is made of shows when it is used; a class from outside has no type here.
  return new (exported as StorageBackendClass)(options)
}

/** Activity of one route is written at most this often: a WebSocket moves it with every message. */
const activityEveryMs = 1_000

/** A table kept by a storage back end. */
export class PluginRouteStore implements RouteStore {
  readonly size = undefined
  private readonly touched = new Map<RouteKey, number>()

  constructor(
    private readonly backend: StorageBackend,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  async find(path: string): Promise<RouteMatch | undefined> {
    const found = await this.backend.getTarget(path)
    if (!found) return undefined
    return new PluginMatch(found.prefix, targetOf(found.data), (key) => this.touch(key))
  }

  async get(key: RouteKey): Promise<ListedRoute | undefined> {
    const data = await this.backend.get(key)
    return data && listed(data)
  }

  async list(inactiveSince?: Date): Promise<Record<RouteKey, ListedRoute>> {
    const before = inactiveSince?.getTime() ?? Infinity
    const all = Object.entries(await this.backend.getAll())
    return Object.fromEntries(
      all
        .filter(([, data]) => before === Infinity || activityOf(data) < before)
        .map(([key, data]) => [key, listed(data)]),
    )
  }

  async add(key: RouteKey, data: RouteData): Promise<void> {
    const path = this.backend.cleanPath?.(key) ?? routeKey(key)
    await this.backend.add(path, data)
    await this.backend.update(path, { last_activity: new Date(this.now()) })
  }

  async remove(key: RouteKey): Promise<boolean> {
    if (!(await this.backend.get(key))) return false
    this.touched.delete(key)
    await this.backend.remove(key)
    return true
  }

  private touch(key: RouteKey): void {
    const now = this.now()
    if (now - (this.touched.get(key) ?? 0) < activityEveryMs) return
    this.touched.set(key, now)
    this.writeActivity(key, now).catch((error: unknown) => {
      this.log.error('could not store the activity of a route', { route: key, error })
    })
  }

  private async writeActivity(key: RouteKey, now: number): Promise<void> {
    // A route that was removed meanwhile must not come back as a bare time stamp.
    if (await this.backend.get(key)) await this.backend.update(key, { last_activity: new Date(now) })
  }
}

class PluginMatch implements RouteMatch {
  constructor(
    readonly key: RouteKey,
    readonly target: Target | TargetUrlError,
    private readonly onTouch: (key: RouteKey) => void,
  ) {}

  touch(): void {
    this.onTouch(this.key)
  }
}

function listed({ last_activity, ...data }: StoredRoute): ListedRoute {
  // The rest keeps its `target`; the type forgets that behind its index signature.
  const route = data
  return last_activity === undefined ? route : { ...route, last_activity: new Date(last_activity).toISOString() }
}

/** Upstream compares with the stored value; one that is not a Date matches no filter. */
function activityOf({ last_activity }: StoredRoute): number {
  return last_activity instanceof Date ? last_activity.getTime() : Infinity
}
