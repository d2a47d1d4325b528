import type { Log } from '@hub/api'
import { type Authenticator, AuthenticationError, refreshAuthenticatedUser } from '@hub/authenticator'
import type { Exchange } from '../http/exchange.js'
import { abortable } from '../servers/deadline.js'
import type { OwnerLoader } from '../servers/owner-loader.js'
import type { AuthModelApplier } from './apply-auth-model.js'
import { loginRequest } from './login-request.js'

export interface AuthRefreshDeps {
  readonly authenticator: Authenticator
  readonly owners: Pick<OwnerLoader, 'load'>
  readonly applier: AuthModelApplier
  /** Milliseconds that never go back. */
  readonly monotonicMs: () => number
  readonly log: Log
}

export interface RefreshedUser {
  readonly id: number
  readonly name: string
}

/** Longest wait for the authenticator. */
const refreshTimeoutMs = 30_000
/** Users remembered; forgetting one costs a refresh more. */
const rememberedUsers = 50_000

/** Keeps sessions in line with the identity provider: asks the authenticator anew whether users may still come in. */
export class AuthRefresh {
  /** When each user was last known to be welcome; empty after a restart, so that the first request asks. */
  readonly #freshAt = new Map<number, number>()
  /** Requests of the same user that come together ask once. */
  readonly #underWay = new Map<number, Promise<boolean>>()
  /** Answers given to each request: it never asks twice about the same user. */
  readonly #told = new WeakMap<Exchange, Map<number, Promise<boolean>>>()

  constructor(private readonly deps: AuthRefreshDeps) {}

  /** Whether the last refresh is too old. */
  isDue(userId: number): boolean {
    const ageSeconds = this.deps.authenticator.config.auth_refresh_age
    if (ageSeconds === 0) return false
    const freshAt = this.#freshAt.get(userId)
    return freshAt === undefined || this.deps.monotonicMs() - freshAt > ageSeconds * 1_000
  }

  /** The user has just logged in. */
  noteFresh(userId: number): void {
    this.#freshAt.delete(userId)
    this.#freshAt.set(userId, this.deps.monotonicMs())
    if (this.#freshAt.size <= rememberedUsers) return
    const oldest = this.#freshAt.keys().next()
    if (!oldest.done) this.#freshAt.delete(oldest.value)
  }

  /**
   * Asks the authenticator if it is time to.
   *
   * @param force - ask although the last refresh is recent (`refresh_pre_spawn`); does nothing when refreshing is off
   * @returns false when the user has to log in again
   */
  ensureFresh(user: RefreshedUser, exchange: Exchange | undefined, { force = false } = {}): Promise<boolean> {
    const userId = user.id
    const isOff = this.deps.authenticator.config.auth_refresh_age === 0
    if (isOff || (!force && !this.isDue(userId))) return Promise.resolve(true)
    const told = exchange === undefined ? undefined : this.#toldTo(exchange)
    const known = told?.get(userId)
    if (known !== undefined) return known
    const answer = this.#ask(user, exchange)
    told?.set(userId, answer)
    return answer
  }

  #ask(user: RefreshedUser, exchange: Exchange | undefined): Promise<boolean> {
    const underWay = this.#underWay.get(user.id)
    if (underWay !== undefined) return underWay
    const asking = this.#askNow(user, exchange).finally(() => this.#underWay.delete(user.id))
    this.#underWay.set(user.id, asking)
    return asking
  }

  async #askNow(user: RefreshedUser, exchange: Exchange | undefined): Promise<boolean> {
    const { authenticator, owners, applier, log } = this.deps
    try {
      const owner = await owners.load(user.id)
      const signal = AbortSignal.timeout(refreshTimeoutMs)
      const request = exchange === undefined ? undefined : loginRequest(exchange, undefined)
      const outcome = await abortable(refreshAuthenticatedUser(authenticator, owner.forHooks, request, signal), signal)
      if (outcome.kind === 'changed') await applier.atRefresh(user.id, outcome.model)
      if (outcome.kind !== 'stale') {
        this.noteFresh(user.id)
        return true
      }
    } catch (error) {
      // Without an answer nobody is let in: the account may just have been closed.
      if (!(error instanceof AuthenticationError)) log.error('auth refresh failed', { user: user.name, error })
    }
    log.warn(`User ${user.name} has stale auth info. Login is required to refresh.`)
    return false
  }

  #toldTo(exchange: Exchange): Map<number, Promise<boolean>> {
    const known = this.#told.get(exchange)
    if (known !== undefined) return known
    const told = new Map<number, Promise<boolean>>()
    this.#told.set(exchange, told)
    return told
  }
}
