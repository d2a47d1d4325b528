import type { Log } from '@hub/api'
import { processKey, type ProcessState } from './process-identity.js'
import { ServerLog } from './server-log.js'

/** How long the last words of a server that has ended are kept for those who ask why. */
const KEPT_AFTER_EXIT_MS = 60_000

/** The logs of the servers of this host, by process. One table per hub, as spawner objects come and go. */
export class ServerLogs {
  readonly #logs = new Map<string, Promise<ServerLog | undefined>>()

  constructor(private readonly passOn: (chunk: Buffer) => void = (chunk) => void process.stderr.write(chunk)) {}

  /** Undefined where a log of its own cannot be had: then the server prints where the hub does. */
  async create(log: Log): Promise<ServerLog | undefined> {
    try {
      return await ServerLog.create(this.passOn)
    } catch (error) {
      log.warn('a server prints to the output of the hub: no file could be made for its log', { error })
      return undefined
    }
  }

  keep(state: ProcessState, log: ServerLog): void {
    this.#logs.set(processKey(state), Promise.resolve(log))
  }

  /** Takes over the log of a running server that an earlier hub has started. */
  adopt(state: ProcessState): void {
    const key = processKey(state)
    if (!this.#logs.has(key)) this.#logs.set(key, ServerLog.adopt(state.pid, this.passOn))
  }

  /** @returns oldest first */
  async lastLines(state: ProcessState, count: number): Promise<readonly string[]> {
    const log = await this.#logs.get(processKey(state))
    return (await log?.lastLines(count).catch(() => [])) ?? []
  }

  /** After the server has ended by itself. */
  closeLater(state: ProcessState): void {
    if (!this.#logs.has(processKey(state))) return
    setTimeout(() => void this.close(state), KEPT_AFTER_EXIT_MS).unref()
  }

  async close(state: ProcessState): Promise<void> {
    const key = processKey(state)
    const log = this.#logs.get(key)
    this.#logs.delete(key)
    await (await log)?.close().catch(() => undefined)
  }
}

export const serverLogs = new ServerLogs()
