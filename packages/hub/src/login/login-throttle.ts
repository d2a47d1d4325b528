import { isIPv6 } from 'node:net'
import type { Log } from '@hub/api'
import { AuthenticationError, type LoginOutcome } from '@hub/authenticator'
import { HubError } from '../http/hub-error.js'
import { shownUserName } from '../pages/views/login-view.js'
import { LeakyBuckets } from './leaky-buckets.js'

export interface LoginThrottleSettings {
  /** `login_failures_per_account`: wrong logins to an account from one address. 0 lifts the limit. */
  readonly perAccount: number
  /** `login_failures_per_address`: wrong logins from one address, to whatever accounts. 0 lifts the limit. */
  readonly perAddress: number
  /** `login_failure_window` */
  readonly windowSeconds: number
}

/** Too many wrong passwords; nobody is asked whether this one is right. */
export class LoginThrottledError extends HubError {
  override readonly name = 'LoginThrottledError'
  constructor(readonly retryAfterSeconds: number) {
    super('login_throttled', 429, `Too many failed logins. Try again in ${waitText(retryAfterSeconds)}.`, {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    })
  }
}

/** An account is guarded against guesses from everywhere, too; so many addresses may have used up theirs. */
const ADDRESSES_PER_ACCOUNT = 10

/**
 * Slows down guessing of passwords. It counts per account and address, so that a stranger's guesses do not keep the account's
 * owner out, per address, against one password tried on many accounts, and per account, against guesses from many addresses.
 */
export class LoginThrottle {
  readonly #ofPair: LeakyBuckets
  readonly #ofAddress: LeakyBuckets
  readonly #ofAccount: LeakyBuckets
  /** Where accounts were logged in to; guesses from elsewhere do not count against these. */
  readonly #homes = new Map<string, true>()

  constructor(
    settings: LoginThrottleSettings,
    readonly monotonicMs: () => number,
    readonly log: Log,
  ) {
    const windowMs = settings.windowSeconds * 1_000
    this.#ofPair = new LeakyBuckets(settings.perAccount, windowMs)
    this.#ofAddress = new LeakyBuckets(settings.perAddress, windowMs)
    this.#ofAccount = new LeakyBuckets(settings.perAccount * ADDRESSES_PER_ACCOUNT, windowMs)
  }

  /**
   * Runs a login with a password, unless there were too many wrong ones.
   *
   * @throws {@link LoginThrottledError} without running it
   */
  async guard(username: string, address: string, judge: () => Promise<LoginOutcome>): Promise<LoginOutcome> {
    // Counted before the answer is known: guesses that are sent all at once are no way around.
    const attempt = this.#begin(username, address)
    try {
      const outcome = await judge()
      if (outcome.kind === 'authenticated') attempt.succeeded()
      return outcome
    } catch (error) {
      // A login service that is down says nothing about the password.
      if (error instanceof AuthenticationError && error.status >= 500) attempt.withdraw()
      throw error
    }
  }

  #begin(username: string, address: string): { succeeded(): void; withdraw(): void } {
    const account = username.trim().toLowerCase()
    const network = networkOf(address)
    const pair = `${network} ${account}`
    const counted: [LeakyBuckets, string][] = [
      [this.#ofPair, pair],
      [this.#ofAddress, network],
    ]
    if (!this.#homes.has(pair)) counted.push([this.#ofAccount, account])
    const now = this.monotonicMs()
    const waitMs = Math.max(...counted.map(([buckets, key]) => buckets.waitMs(key, now)))
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000)
      const shown = shownUserName(account).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')
      this.log.warn('too many failed logins', { user: shown, address, retryAfterSeconds: seconds })
      throw new LoginThrottledError(seconds)
    }
    for (const [buckets, key] of counted) buckets.add(key, now)
    const withdraw = (): void => {
      const later = this.monotonicMs()
      for (const [buckets, key] of counted) buckets.takeBack(key, later)
    }
    return {
      withdraw,
      succeeded: () => {
        withdraw()
        // Other wrong logins from this address stay counted: an account of one's own is no way around either.
        this.#ofPair.empty(pair)
        this.#homes.delete(pair)
        this.#homes.set(pair, true)
        const [oldest] = this.#homes.keys()
        if (this.#homes.size > this.#ofPair.maxKeys && oldest !== undefined) this.#homes.delete(oldest)
      },
    }
  }
}

/** Whoever has one IPv6 address has all of its network. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? []
  const front = head.split(':').filter(Boolean)
  const back = tail.split(':').filter(Boolean)
  const zeros = address.includes('::') ? Math.max(0, 8 - front.length - back.length) : 0
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

function waitText(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
