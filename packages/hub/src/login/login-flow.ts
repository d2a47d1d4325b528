import type { Log } from '@hub/api'
import {
  admit,
  AuthenticationError,
  type Authenticator,
  type AuthModel,
  type AuthResult,
  getAuthenticatedUser,
  type LoginOutcome,
  type LoginRequest,
} from '@hub/authenticator'
import type { HubEvents } from '../events.js'
import type { Exchange } from '../http/exchange.js'
import { forbidden, HubError } from '../http/hub-error.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import { shownUserName } from '../pages/views/login-view.js'
import { abortable, withDeadline } from '../servers/deadline.js'
import { UserRefusedError } from '../users/create-user.js'
import type { User } from '../users/user-store.js'
import type { AuthModelApplier } from './apply-auth-model.js'
import { loginRequest } from './login-request.js'
import type { LoginSessions } from './login-sessions.js'
import type { LoginSession } from './login-session.js'
import type { LoginThrottle } from './login-throttle.js'
import type { AuthRefresh } from './refresh.js'
import type { Visitors } from './visitors.js'

export interface LoginFlowDeps {
  readonly authenticator: Authenticator
  readonly applier: AuthModelApplier
  readonly session: LoginSession
  readonly loginSessions: Pick<LoginSessions, 'isEnded' | 'seen'>
  readonly xsrf: XsrfGuard
  readonly visitors: Visitors
  readonly refresh: AuthRefresh
  readonly throttle: LoginThrottle
  readonly events: HubEvents
  readonly log: Log
}

/** What a log in came to. The reason of a refusal is for the log only. */
export type LoginResult =
  | { readonly kind: 'in'; readonly user: { readonly id: number; readonly name: string } }
  | { readonly kind: 'refused'; readonly username: string }

/** Longest wait for an authenticator; people have long given up by then. */
const loginTimeoutMs = 120_000

/** Logs people in: credentials → may enter → the hub's record of the user → cookies. */
export class LoginFlow {
  constructor(private readonly deps: LoginFlowDeps) {}

  /** @param form - the submitted fields; undefined asks the authenticator to judge the bare request (`auto_login`) */
  logIn(exchange: Exchange, form: Readonly<Record<string, string>> | undefined): Promise<LoginResult> {
    const request = loginRequest(exchange, form)
    const { authenticator, throttle } = this.deps
    return this.#run(exchange, form?.['username'], (signal) => {
      const judge = (): Promise<LoginOutcome> => getAuthenticatedUser(authenticator, request, signal)
      // A bare request (a header set by a front, for instance) brings nothing that could be guessed.
      return form === undefined ? judge() : throttle.guard(form['username'] ?? '', request.remoteAddress, judge)
    })
  }

  /** The same, once a route of the authenticator's own has found out who it is. */
  logInAs(exchange: Exchange, request: LoginRequest, result: AuthResult): Promise<LoginResult> {
    return this.#run(exchange, undefined, () => admit(this.deps.authenticator, request, result))
  }

  async #run(
    exchange: Exchange,
    username: string | undefined,
    judge: (signal: AbortSignal) => Promise<LoginOutcome>,
  ): Promise<LoginResult> {
    const { events, log } = this.deps
    const startedAt = performance.now()
    let succeeded = false
    try {
      using deadline = withDeadline(exchange.gone, loginTimeoutMs, loginTookTooLong)
      const outcome = await abortable(judge(deadline.signal), deadline.signal)
      if (outcome.kind === 'refused') {
        const name = username ?? outcome.username ?? ''
        logFailure(log, name)
        return { kind: 'refused', username: name }
      }
      const user = await this.#store(outcome.model)
      await this.#begin(exchange, user)
      succeeded = true
      return { kind: 'in', user }
    } catch (error) {
      if (error instanceof AuthenticationError) logFailure(log, username ?? '')
      throw error
    } finally {
      events.emit('loggedIn', { succeeded, seconds: (performance.now() - startedAt) / 1_000 })
    }
  }

  async #store(model: AuthModel): Promise<User> {
    const { applier, log } = this.deps
    try {
      return await applier.atLogin(model)
    } catch (error) {
      if (!(error instanceof UserRefusedError)) throw error
      // The reason is about the machine and meant for those who run it.
      log.error('the authenticator could not take a new user', { user: model.name, error: error.cause })
      throw forbidden(
        'Your account could not be set up on this hub. Ask your administrator; the log of the hub says why.',
        'user_refused',
      )
    }
  }

  async #begin(
    exchange: Exchange,
    user: { readonly id: number; readonly name: string; readonly cookieId: string },
  ): Promise<void> {
    const { loginSessions, refresh, session, visitors, xsrf, log } = this.deps
    refresh.noteFresh(user.id)
    // It was ended from elsewhere: a cookie of that session would be worth nothing.
    if (exchange.sessionId !== undefined && (await loginSessions.isEnded(exchange.sessionId, user.id)))
      exchange.sessionId = undefined
    session.begin(exchange, user.cookieId)
    loginSessions.seen(exchange, user.id)
    const visitor = await visitors.byCookieId(user.cookieId)
    if (visitor !== undefined) exchange.visitor = visitor
    // Anonymous tokens die at login: the pages that follow get one that names the user.
    xsrf.renew(exchange)
    log.info(`User logged in: ${user.name}`)
  }
}

/** Administrators' tools look for this line; a name must not be able to forge another one. */
function logFailure(log: Log, username: string): void {
  log.warn(`Failed login for '${shownUserName(username).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')}'`)
}

const loginTookTooLong = (): HubError =>
  new HubError('login_timeout', 503, 'The login service did not answer in time. Try again in a moment.')
