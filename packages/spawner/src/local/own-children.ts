import type { PollResult } from '../contract.js'
import type { OsProcess } from './os-process.js'
import { processKey, type ProcessState } from './process-identity.js'

type Exited = Extract<PollResult, { status: 'exited' }>

/** Exit codes that nobody has asked for yet; more than any hub starts between two polls. */
const KEPT_EXITS = 10_000

/**
 * The processes that this process has started: only their parent learns an exit code, and learns it at once.
 * One table per process, because that is what parenthood belongs to; spawner objects come and go.
 */
export class OwnChildren {
  readonly #running = new Map<string, Set<(result: Exited) => void>>()
  readonly #exited = new Map<string, Exited>()

  /** Call before the process has had its go-ahead, or with one that may have ended already. */
  add(child: OsProcess, state: ProcessState): void {
    const key = processKey(state)
    const listeners = new Set<(result: Exited) => void>()
    this.#exited.delete(key)
    this.#running.set(key, listeners)
    child.onExit(({ code }) => {
      const result: Exited = { status: 'exited', code }
      this.#running.delete(key)
      this.#exited.set(key, result)
      for (const oldest of this.#exited.keys()) {
        if (this.#exited.size <= KEPT_EXITS) break
        this.#exited.delete(oldest)
      }
      for (const listener of listeners) listener(result)
    })
  }

  /** Undefined of a process that was started by another one, such as the hub before a restart. */
  poll(state: ProcessState): PollResult | undefined {
    const key = processKey(state)
    return this.#running.has(key) ? { status: 'running' } : this.#exited.get(key)
  }

  /** Calls back once, also when the child has exited already. Undefined of a process that was started by another one. */
  onExit(state: ProcessState, callback: (result: PollResult) => void): (() => void) | undefined {
    const key = processKey(state)
    const listeners = this.#running.get(key)
    if (listeners !== undefined) {
      listeners.add(callback)
      return () => listeners.delete(callback)
    }
    const exited = this.#exited.get(key)
    if (exited === undefined) return undefined
    let wanted = true
    queueMicrotask(() => {
      if (wanted) callback(exited)
    })
    return () => {
      wanted = false
    }
  }
}

export const ownChildren = new OwnChildren()
