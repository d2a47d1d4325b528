import { parseTarget, TargetUrlError, type Target } from '@hub/forward'
import { PathTrie } from './path-trie.js'
import type { RouteKey } from './route-key.js'

/** What is known of a route besides its activity, as it was posted. */
export interface RouteData {
  readonly target: string
  readonly [key: string]: unknown
}

/** One route as the API lists it. */
export interface ListedRoute extends RouteData {
  readonly last_activity?: string
}

/** The route a request goes to. */
export interface RouteMatch {
  readonly key: RouteKey
  /** Where to, or why nothing can be sent there. */
  readonly target: Target | TargetUrlError
  /** Notes that somebody uses the route. */
  touch(): void
}

/** A store in memory answers at once, one behind a network with a promise; the way of a request waits only for that. */
export type MaybePromise<T> = T | Promise<T>

/** The table of routes. Keys are cleaned by `routeKey`. */
export interface RouteStore {
  /** The longest route that is a prefix of the decoded path, by whole segments. */
  find(path: string): MaybePromise<RouteMatch | undefined>
  get(key: RouteKey): MaybePromise<ListedRoute | undefined>
  /** @param inactiveSince - only routes whose last activity is before */
  list(inactiveSince?: Date): MaybePromise<Record<RouteKey, ListedRoute>>
  /** Adds, or replaces as a whole. The route counts as active now. */
  add(key: RouteKey, data: RouteData): MaybePromise<void>
  /** @returns false when there was none */
  remove(key: RouteKey): MaybePromise<boolean>
  readonly size: number | undefined
  /** Loads what is kept; before anything else. */
  open?(): Promise<void>
  close?(): MaybePromise<void>
  /** What is wrong with it at present, in a few words. */
  readonly trouble?: string | undefined
}

/** One route with the time of its last activity, in milliseconds since the epoch. */
export interface RouteRow {
  readonly data: RouteData
  readonly lastActivity: number
}

/** What has become of a key: its new route, or none. */
export interface RouteChange {
  readonly key: RouteKey
  readonly row: RouteRow | undefined
}

export interface MemoryRouteStoreOptions {
  readonly now?: () => number
  /** The path a key is found by, where it is not the key itself. */
  readonly matched?: ((key: RouteKey) => string) | undefined
  /** Keep a note of routes that have seen activity, for `takeActivity`. */
  readonly notesActivity?: boolean
}

/** The table in memory, which is empty after a restart. */
export class MemoryRouteStore implements RouteStore {
  private readonly routes = new Map<RouteKey, MemoryRoute>()
  private readonly trie = new PathTrie<MemoryRoute>()
  private readonly activity: ActivityNotes
  private readonly matched: (key: RouteKey) => string
  private readonly followers = new Set<(change: RouteChange) => void>()

  constructor({ now = Date.now, matched = (key) => key, notesActivity = false }: MemoryRouteStoreOptions = {}) {
    this.activity = { now, noted: notesActivity ? new Set() : undefined }
    this.matched = matched
  }

  get memory(): this {
    return this
  }

  get size(): number {
    return this.routes.size
  }

  find(path: string): RouteMatch | undefined {
    return this.trie.find(path)
  }

  get(key: RouteKey): ListedRoute | undefined {
    return this.routes.get(key)?.listed()
  }

  list(inactiveSince?: Date): Record<RouteKey, ListedRoute> {
    const before = inactiveSince?.getTime() ?? Infinity
    const table: Record<RouteKey, ListedRoute> = {}
    for (const [key, route] of this.routes) if (route.lastActivity < before) table[key] = route.listed()
    return table
  }

  add(key: RouteKey, data: RouteData, lastActivity = this.activity.now()): void {
    const route = new MemoryRoute(key, data, lastActivity, this.activity)
    this.routes.set(key, route)
    this.trie.set(this.matched(key), route)
    for (const follow of this.followers) follow({ key, row: route })
  }

  remove(key: RouteKey): boolean {
    const route = this.routes.get(key)
    if (route === undefined) return false
    this.routes.delete(key)
    this.activity.noted?.delete(route)
    this.trie.delete(this.matched(key))
    for (const follow of this.followers) follow({ key, row: undefined })
    return true
  }

  row(key: RouteKey): RouteRow | undefined {
    return this.routes.get(key)
  }

  rows(): Iterable<readonly [RouteKey, RouteRow]> {
    return this.routes
  }

  /** Calls `follow` with every change from now on. @returns undoes it */
  follow(follow: (change: RouteChange) => void): () => void {
    this.followers.add(follow)
    return () => void this.followers.delete(follow)
  }

  /**
   * Activity that was seen elsewhere; what is known already is never set back.
   *
   * @param isNews - to be given by `takeActivity`
   */
  noteActivity(activity: Iterable<readonly [RouteKey, number]>, isNews = true): void {
    for (const [key, at] of activity) {
      const route = this.routes.get(key)
      if (route === undefined || at <= route.lastActivity) continue
      if (isNews) route.touch(at)
      else route.lastActivity = at
    }
  }

  /** What was taken could not be handed on. */
  giveBackActivity(activity: Iterable<readonly [RouteKey, number]>): void {
    for (const [key] of activity) {
      const route = this.routes.get(key)
      if (route !== undefined) this.activity.noted?.add(route)
    }
  }

  /** Routes that were active since this was last asked. */
  takeActivity(): [RouteKey, number][] {
    const { noted } = this.activity
    if (noted === undefined || noted.size === 0) return []
    const taken = Array.from(noted, ({ key, lastActivity }): [RouteKey, number] => [key, lastActivity])
    noted.clear()
    return taken
  }
}

interface ActivityNotes {
  readonly now: () => number
  readonly noted: Set<MemoryRoute> | undefined
}

class MemoryRoute implements RouteMatch, RouteRow {
  private parsed: Target | TargetUrlError | undefined
  private shown: ListedRoute | undefined
  private shownActivity = 0

  constructor(
    readonly key: RouteKey,
    readonly data: RouteData,
    public lastActivity: number,
    private readonly activity: ActivityNotes,
  ) {}

  /** Read when it is first used: of thousands of routes that come in at once, few are asked for at once. */
  get target(): Target | TargetUrlError {
    return (this.parsed ??= targetOf(this.data))
  }

  touch(at = this.activity.now()): void {
    this.lastActivity = at
    this.activity.noted?.add(this)
  }

  /** Made anew only after activity: a hub reads the whole table again and again, and most routes have not changed. */
  listed(): ListedRoute {
    if (this.shown === undefined || this.shownActivity !== this.lastActivity) {
      this.shown = { ...this.data, last_activity: new Date(this.lastActivity).toISOString() }
      this.shownActivity = this.lastActivity
    }
    return this.shown
  }
}

/** A target is judged when a request comes, not when it is added: upstream's API takes any string. */
export function targetOf({ target }: RouteData): Target | TargetUrlError {
  try {
    return parseTarget(target)
  } catch (error) {
    return error instanceof TargetUrlError ? error : new TargetUrlError(target, String(error))
  }
}
