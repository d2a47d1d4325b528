import type { RouteKey } from '../route-key.js'
import type { RouteData } from '../route-store.js'

/** A route on its way to a worker: its key, what it is, and its last activity. */
export type SentRoute = readonly [RouteKey, RouteData, number]

/** What the first process tells its workers. Each `n` is answered once with `done`. */
export type ToWorker =
  /** The whole table; serve it. Without one the worker has a storage back end of its own. */
  | { readonly kind: 'serve'; readonly table: readonly SentRoute[] | undefined }
  | { readonly kind: 'set'; readonly n: number; readonly route: SentRoute }
  | { readonly kind: 'unset'; readonly n: number; readonly key: RouteKey }
  /** Asks for what is counted; activity comes with every answer anyway. */
  | { readonly kind: 'ask'; readonly n: number; readonly what: 'activity' | 'metrics' }
  | { readonly kind: 'reload'; readonly n: number }
  /** Finish what is under way and end. */
  | { readonly kind: 'stop' }
  /** Wait no longer for what is under way. */
  | { readonly kind: 'cut' }

/** What a worker tells. */
export type FromWorker =
  /** It listens to orders from now on. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'serving'; readonly address: string }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'done'
      readonly n: number
      readonly activity: readonly (readonly [RouteKey, number])[]
      readonly metrics?: readonly unknown[]
      readonly error?: string
    }
  | { readonly kind: 'activity'; readonly activity: readonly (readonly [RouteKey, number])[] }
