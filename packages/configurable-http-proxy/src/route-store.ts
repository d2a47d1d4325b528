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
  close?(): MaybePromise<void>
}

/** The table in memory, which is empty after a restart. */
export class MemoryRouteStore implements RouteStore {
  private readonly routes = new Map<RouteKey, MemoryRoute>()
  private readonly trie = new PathTrie<MemoryRoute>()

  /** @param matched - the path a key is found by, where it is not the key itself */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly matched: (key: RouteKey) => string = (key) => key,
  ) {}

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

  add(key: RouteKey, data: RouteData, lastActivity = this.now()): void {
    const route = new MemoryRoute(key, data, lastActivity, this.now)
    this.routes.set(key, route)
    this.trie.set(this.matched(key), route)
  }

  remove(key: RouteKey): boolean {
    if (!this.routes.delete(key)) return false
    this.trie.delete(this.matched(key))
    return true
  }
}

class MemoryRoute implements RouteMatch {
  readonly target: Target | TargetUrlError
  private shown: ListedRoute | undefined
  private shownActivity = 0

  constructor(
    readonly key: RouteKey,
    private readonly data: RouteData,
    /** Milliseconds since the epoch. */
    public lastActivity: number,
    private readonly now: () => number,
  ) {
    this.target = targetOf(data)
  }

  touch(): void {
    this.lastActivity = this.now()
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
