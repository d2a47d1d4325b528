import type { Log } from '@hub/api'
import type { SessionRequest } from './protocol.js'
import { PamWorker } from './worker.js'

const OPEN_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 30_000

/**
 * PAM sessions of servers, each held open by a process of its own: a session changes the process that opens it, and that
 * must not be the hub. A hub that dies takes its sessions along.
 */
export class SessionKeeper {
  readonly #open = new Map<string, PamWorker>()
  #isOff = false

  constructor(
    readonly service: string,
    readonly log: Log,
  ) {}

  /** Does not fail: a server without a session is better than none. */
  async open(key: string, username: string): Promise<void> {
    if (this.#isOff) return
    const worker = new PamWorker()
    const request: SessionRequest = { service: this.service, username }
    try {
      const verdict = await worker.ask({ ask: 'open session', ...request }, AbortSignal.timeout(OPEN_TIMEOUT_MS))
      if (verdict.refusal !== undefined) throw new Error(verdict.refusal.reason)
    } catch (error) {
      worker.kill()
      this.#turnOff('opened', username, error)
      return
    }
    await this.close(key, username)
    this.#open.set(key, worker)
  }

  async close(key: string, username: string): Promise<void> {
    const worker = this.#open.get(key)
    if (worker === undefined) return
    this.#open.delete(key)
    try {
      const verdict = await worker.ask({ ask: 'close session' }, AbortSignal.timeout(CLOSE_TIMEOUT_MS))
      if (verdict.refusal !== undefined) throw new Error(verdict.refusal.reason)
    } catch (error) {
      this.#turnOff('closed', username, error)
    } finally {
      worker.disconnect()
    }
  }

  /** Their processes close the sessions that are still open, and end. */
  stop(): void {
    for (const worker of this.#open.values()) worker.disconnect()
    this.#open.clear()
  }

  #turnOff(what: string, user: string, error: unknown): void {
    this.#isOff = true
    this.log.warn(`a PAM session could not be ${what}`, { user, error })
    this.log.warn(
      'PAM sessions are off until the hub is restarted; set PAMAuthenticator.open_sessions = False to do without them',
    )
  }
}
