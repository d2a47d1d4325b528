import type { Spawner } from '@hub/spawner'
import type { ProgressLog } from './progress-log.js'

/** Work this hub is doing on a server right now. What is true of the server stands in the database. */
export type Work =
  | {
      readonly kind: 'starting'
      readonly progress: ProgressLog
      /** Settles when the server is ready (resolves) or the start has failed and been undone (rejects). */
      readonly done: Promise<void>
      readonly abort: AbortController
    }
  | { readonly kind: 'stopping'; readonly done: Promise<void> }
  /** After a restart of the hub, until it is known whether the server still runs. */
  | { readonly kind: 'checking'; readonly done: Promise<void> }
  | { readonly kind: 'renaming' }

export type WaitsFor = 'preparations' | 'process' | 'answer' | 'route'

/** The hub's hold on one server: its spawner object, the work under way, and what ends with it. */
export interface LiveServer {
  readonly spawnerId: number
  readonly userName: string
  readonly serverName: string
  readonly spawner: Spawner
  work: Work | undefined
  /** What a start under way waits for. */
  waitsFor: WaitsFor | undefined
  /** The server is up, as far as this hub knows; what the limits count without asking the database. */
  isUp: boolean
  /** Error of the last start, until the next one; kept so that pages can show what plug-ins said. */
  lastError: unknown
  /** Stops polling and listening for the process's exit. */
  stopWatching: (() => void) | undefined
}

/** The servers this process has a spawner object for, by the number of their spawner row. */
export class LiveServers {
  readonly #byId = new Map<number, LiveServer>()

  get(spawnerId: number): LiveServer | undefined {
    return this.#byId.get(spawnerId)
  }

  set(server: LiveServer): void {
    this.#byId.set(server.spawnerId, server)
  }

  delete(spawnerId: number): void {
    this.#byId.get(spawnerId)?.stopWatching?.()
    this.#byId.delete(spawnerId)
  }

  /** Servers whose start is under way. */
  countStarting(): number {
    let count = 0
    for (const server of this.#byId.values()) if (server.work?.kind === 'starting') count++
    return count
  }

  /** Servers that are up or on their way up or down. */
  countActive(): number {
    let count = 0
    for (const server of this.#byId.values()) if (server.isUp || server.work !== undefined) count++
    return count
  }

  [Symbol.iterator](): IterableIterator<LiveServer> {
    return this.#byId.values()
  }
}
