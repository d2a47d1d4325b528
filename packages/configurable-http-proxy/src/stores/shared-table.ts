import { CodedError } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { RouteData, RouteRow } from '../route-store.js'

/** What a {@link SharedTable} tells about itself while it is connected. */
export interface TableEvents {
  /** Somebody has changed this key; without one, any. */
  changed(key: RouteKey | undefined): void
  /** The connection is gone. Told at most once, and then no more. */
  lost(error: Error): void
}

/** One connection to a server that keeps the routes of several proxies. Every call has a deadline of its own. */
export interface SharedTable {
  readAll(): Promise<ReadonlyMap<RouteKey, RouteRow>>
  /** Keys without a route are missing in the answer. */
  read(keys: readonly RouteKey[]): Promise<ReadonlyMap<RouteKey, RouteRow>>
  /** Writes, and tells all proxies. */
  write(key: RouteKey, data: RouteData, lastActivity: number): Promise<void>
  /** @returns false when there was none */
  remove(key: RouteKey): Promise<boolean>
  /** Moves activity forward, never back; tells nobody. */
  noteActivity(activity: readonly (readonly [RouteKey, number])[]): Promise<void>
  readActivity(): Promise<readonly (readonly [RouteKey, number])[]>
  close(): Promise<void>
}

/** Makes a connection. @throws when the server is away */
export type ConnectTable = (events: TableEvents) => Promise<SharedTable>

/** The server that keeps the routes is away; what is known is used on, and nothing can be changed. */
export class StorageAwayError extends CodedError {
  override readonly name = 'StorageAwayError'
  constructor(cause?: unknown) {
    super('storage_away', 503, 'The server that keeps the routes does not answer. Try again.', { cause })
  }
}

/** How long a server may take for one call. */
export const callDeadlineMs = 2_000

/** Rejects when `work` takes too long. */
export async function within<T>(work: Promise<T>, what: string, deadlineMs = callDeadlineMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
