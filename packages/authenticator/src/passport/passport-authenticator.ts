import type { JsonObject } from '@hub/api'
import { AuthenticationError, AuthenticatorError } from '../authentication-error.js'
import { Authenticator } from '../authenticator.js'
import type { AuthenticatorConfig } from '../authenticator-config.js'
import type {
  AuthenticatorContext,
  AuthResult,
  LoginRequest,
  LoginRoute,
  LoginRouteRequest,
  LoginRouteResponse,
} from '../contract.js'
import { pendingLogins } from '../oauth/pending-logins.js'
import { ServiceHttp } from '../oauth/service-http.js'
import { guardOAuth2 } from './guard-oauth2.js'
import { runStrategy, type Strategy, type StrategyOutcome, strategyRequest } from './run-strategy.js'

const SESSION_COOKIE = 'passport'
const SESSION_SECONDS = 600

/**
 * Lets any strategy of passport's say who people are. A class of yours makes the strategy and says what its user is called here:
 *
 * - with a `loginService`, people are sent to `/hub/oauth_login` and come back to `/hub/oauth_callback`;
 * - without, the fields of the hub's form go to the strategy as a request's body (`passport-local` and the like).
 */
export abstract class PassportAuthenticator<
  Config extends AuthenticatorConfig = AuthenticatorConfig,
> extends Authenticator<Config> {
  /** The service posts a form to the callback, as SAML does; the strategy then has to check whom it comes from. */
  protected readonly callbackIsPosted: boolean = false
  /** For `passport.authenticate`. */
  protected readonly strategyOptions: Readonly<Record<string, unknown>> = {}
  readonly #http: ServiceHttp

  constructor(context: AuthenticatorContext<Config>) {
    super(context)
    this.#http = new ServiceHttp({ validate_server_cert: true, http_request_kwargs: {} })
  }

  /**
   * Called for each login.
   *
   * @param callbackUrl - the full URL of the callback, for strategies that want one
   */
  protected abstract makeStrategy(callbackUrl: string): Strategy

  /** What the hub shall know of the user that the strategy has found. */
  protected resultOf(user: unknown): AuthResult {
    if (typeof user === 'string') return user
    if (typeof user === 'object' && user !== null) {
      const { name, username } = user as { name?: unknown; username?: unknown } // each is looked at
      if (typeof name === 'string') return { ...user, name }
      if (typeof username === 'string') return username
    }
    throw new AuthenticatorError(`${this.constructor.name} must override resultOf: its strategy's users have no name.`)
  }

  override async authenticate(request: LoginRequest): Promise<AuthResult> {
    // Where people are sent elsewhere, a posted form proves nothing.
    if (this.loginService !== '') return null
    const outcome = await runStrategy(this.makeStrategy(''), strategyRequest(request), this.strategyOptions)
    return outcome.kind === 'user' ? this.resultOf(outcome.user) : null
  }

  override async stop(): Promise<void> {
    await this.#http.close()
    await super.stop()
  }

  override loginUrl(baseUrl: string): string {
    return this.loginService === '' ? super.loginUrl(baseUrl) : `${baseUrl}oauth_login`
  }

  override routes(): readonly LoginRoute[] {
    if (this.loginService === '') return []
    const callback = { path: '/oauth_callback', handle: (request: LoginRouteRequest) => this.#finish(request) } as const
    return [
      { method: 'GET', path: '/oauth_login', handle: (request) => this.#begin(request) },
      { ...callback, method: 'GET' },
      ...(this.callbackIsPosted ? [{ ...callback, method: 'POST' as const, fromOtherSite: true }] : []),
    ]
  }

  async #begin(request: LoginRouteRequest): Promise<LoginRouteResponse> {
    const login = pendingLogins.begin(request)
    const strategy = this.makeStrategy(request.publicUrl('oauth_callback'))
    guardOAuth2(strategy, login, this.#http)
    const session: JsonObject = {}
    const outcome = await this.#run(strategy, { ...strategyRequest(request), query: {}, session })
    if (outcome.kind !== 'redirect')
      throw new AuthenticatorError(`${this.constructor.name}: its strategy does not say where people log in.`)
    request.setSealedCookie(SESSION_COOKIE, { state: login.state, session }, SESSION_SECONDS)
    return { kind: 'redirect', location: outcome.location }
  }

  async #finish(request: LoginRouteRequest): Promise<LoginRouteResponse> {
    const kept = request.takeSealedCookie(SESSION_COOKIE)
    const pending = pendingLogins.take(request, typeof kept?.['state'] === 'string' ? kept['state'] : undefined)
    if (pending === undefined)
      return { kind: 'failed', status: 400, message: 'This login has expired or was begun elsewhere. Log in again.' }
    const strategy = this.makeStrategy(request.publicUrl('oauth_callback'))
    const isOAuth2 = guardOAuth2(strategy, pending, this.#http)
    // Without a code such a strategy would begin anew.
    if (isOAuth2 && request.query['code'] === undefined && request.query['error'] === undefined)
      throw new AuthenticationError('The login service did not let you in.')
    const session = kept?.['session'] ?? {}
    const outcome = await this.#run(strategy, { ...strategyRequest(request), session })
    if (outcome.kind !== 'user') throw new AuthenticationError('The login service did not let you in.')
    const next = pending.next === '' ? {} : { next: pending.next }
    return { kind: 'authenticated', result: this.resultOf(outcome.user), ...next }
  }

  async #run(
    strategy: Strategy,
    request: ReturnType<typeof strategyRequest> & { session: unknown },
  ): Promise<StrategyOutcome<unknown>> {
    try {
      return await runStrategy<unknown>(strategy, request, this.strategyOptions)
    } catch (error) {
      this.log.error('a login by passport failed', {
        strategy: strategy.name,
        error: error instanceof Error ? error.message : '',
      })
      throw new AuthenticationError('The login could not be completed. Try again.', 403, { cause: error })
    }
  }
}
