import type { CheckRequest, Verdict } from './protocol.js'
import { PamUnavailableError, PamWorker } from './worker.js'

export interface WorkerPoolOptions {
  /** Checks that run at once, `PAMAuthenticator.executor_threads`. */
  readonly size: number
  /** A check that takes longer no longer counts, so that a module that hangs for one person holds up nobody else. */
  readonly slowAfterMs?: number
  readonly makeWorker?: () => PamWorker
}

/** Even hanging checks are not started without end. */
const MOST_WORKERS_PER_SLOT = 8
/** Modules leak; nobody restarts the hub for that. */
const CHECKS_PER_WORKER = 1000

interface Member {
  readonly worker: PamWorker
  checks: number
}

/** A few processes that ask PAM, started when they are needed. */
export class PamWorkerPool {
  readonly #idle: Member[] = []
  readonly #waiting: ((member: Member | undefined) => void)[] = []
  readonly #all = new Set<Member>()
  /** Checks that are no longer than slow. */
  #quick = 0
  #stopped = false

  constructor(readonly options: WorkerPoolOptions) {}

  /**
   * @throws PamUnavailableError, or the signal's reason
   */
  async check(request: CheckRequest, signal: AbortSignal): Promise<Verdict> {
    const member = await this.#acquire(signal)
    const { slowAfterMs = 5_000 } = this.options
    let isQuick = true
    const endQuick = (): void => {
      if (!isQuick) return
      isQuick = false
      this.#quick -= 1
      this.#next()
    }
    const timer = setTimeout(endQuick, slowAfterMs)
    try {
      return await member.worker.ask({ ask: 'check', ...request }, signal)
    } finally {
      clearTimeout(timer)
      this.#putBack(member)
      endQuick()
      this.#next()
    }
  }

  /** Ends all processes; checks that are under way are refused. */
  stop(): void {
    this.#stopped = true
    for (const { worker } of this.#all) worker.kill()
    this.#all.clear()
    this.#idle.length = 0
    for (const resume of this.#waiting.splice(0)) resume(undefined)
  }

  async #acquire(signal: AbortSignal): Promise<Member> {
    signal.throwIfAborted()
    if (this.#stopped) throw new PamUnavailableError('The hub is ending.')
    if (this.#mayStart()) return this.#take()
    let leave = (): void => undefined
    try {
      const member = await new Promise<Member | undefined>((resolve, reject) => {
        const onAbort = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(resolve), 1)
          reject(signal.reason as Error) // whatever the owner of the signal wants to be thrown
        }
        signal.addEventListener('abort', onAbort, { once: true })
        leave = () => signal.removeEventListener('abort', onAbort)
        this.#waiting.push(resolve)
      })
      if (member === undefined) throw new PamUnavailableError('The hub is ending.')
      return member
    } finally {
      leave()
    }
  }

  #mayStart(): boolean {
    const { size } = this.options
    return this.#quick < size && (this.#idle.length > 0 || this.#all.size < size * MOST_WORKERS_PER_SLOT)
  }

  #take(): Member {
    this.#quick += 1
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.worker.isUsable) return idle
      this.#all.delete(idle)
    }
    const member: Member = { worker: (this.options.makeWorker ?? (() => new PamWorker()))(), checks: 0 }
    this.#all.add(member)
    return member
  }

  #putBack(member: Member): void {
    member.checks += 1
    const isKept = member.worker.isUsable && member.checks < CHECKS_PER_WORKER && this.#idle.length < this.options.size
    if (isKept && !this.#stopped) {
      this.#idle.push(member)
      return
    }
    this.#all.delete(member)
    member.worker.disconnect()
  }

  #next(): void {
    while (this.#waiting.length > 0 && !this.#stopped && this.#mayStart()) this.#waiting.shift()?.(this.#take())
  }
}
