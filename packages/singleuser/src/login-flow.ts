import { createHash, randomBytes } from 'node:crypto'
import { type Cookie, readCookies } from './cookies.js'

interface Pending {
  readonly next: string
  readonly verifier: string
  readonly cookieName: string
  readonly until: number
}

export const STATE_SECONDS = 600
const MOST_PENDING = 2_000

/** Logins that are under way. Which page a login leads to and its PKCE verifier stay here; the browser has a random state. */
export class LoginFlow {
  readonly #pending = new Map<string, Pending>()

  /**
   * Begins a login that leads back to `next`.
   *
   * @returns what goes to the hub, and the cookie that binds the login to this browser
   */
  begin(
    next: string,
    stateCookie: string,
    cookieHeader: string | undefined,
  ): { readonly query: Readonly<Record<string, string>>; readonly cookie: Cookie } {
    const [state, verifier] = [randomText(), randomText()]
    // Two tabs may log in at once: the second gets a cookie of its own.
    const isTaken = readCookies(cookieHeader).some(({ name }) => name === stateCookie)
    const cookieName = isTaken ? `${stateCookie}-${randomBytes(6).toString('hex').slice(0, 8)}` : stateCookie
    this.#pending.set(state, { next, verifier, cookieName, until: Date.now() + STATE_SECONDS * 1000 })
    this.#forget()
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    return {
      query: { state, code_challenge: challenge, code_challenge_method: 'S256' },
      cookie: { name: cookieName, value: state },
    }
  }

  /** Ends a login, once. Undefined when it did not begin here, in this browser, within the last minutes. */
  finish(state: string, cookieHeader: string | undefined): Pending | undefined {
    const pending = this.#pending.get(state)
    if (pending === undefined || pending.until < Date.now()) return undefined
    // The state is no secret of the browser's that could be guessed bit by bit: it has been found already.
    const isBound = readCookies(cookieHeader).some(({ name, value }) => name === pending.cookieName && value === state)
    if (!isBound) return undefined
    this.#pending.delete(state)
    return pending
  }

  #forget(): void {
    const now = Date.now()
    for (const [state, { until }] of this.#pending) {
      if (until > now && this.#pending.size <= MOST_PENDING) return
      this.#pending.delete(state)
    }
  }
}

const randomText = (): string => randomBytes(32).toString('base64url')
