import type { JsonObject } from '@hub/api'
import type { Configurable } from '@hub/config'
import { AuthenticationError, AuthenticatorError } from '../authentication-error.js'
import { Authenticator } from '../authenticator.js'
import type {
  AuthenticatorContext,
  AuthModel,
  AuthResult,
  HubUser,
  LoginRequest,
  LoginRoute,
  LoginRouteRequest,
  LoginRouteResponse,
  LogoutRequest,
  RefreshResult,
} from '../contract.js'
import { claimAt, namesIn } from './claims.js'
import type { LoginService, ServiceLogin } from './login-service.js'
import { type OAuthConfig, oauthConfigurable } from './oauth-config.js'
import { isPlain, OidcService } from './oidc-service.js'
import { pendingLogins } from './pending-logins.js'
import { ServiceAnswerError, ServiceHttp } from './service-http.js'

/**
 * Sends people to a login service and takes them back: OpenID Connect, or plain OAuth 2.0.
 *
 * @see oauthenticator's `OAuthenticator`, whose options keep their names
 */
export class OAuthenticator<Config extends OAuthConfig = OAuthConfig> extends Authenticator<Config> {
  static override readonly configurable: Configurable = oauthConfigurable
  override readonly loginService: string
  /** Field of the auth state that keeps what the service said about the person. */
  protected readonly userStateKey: string = 'oauth_user'
  protected readonly http: ServiceHttp
  #service: LoginService | undefined

  constructor(context: AuthenticatorContext<Config>) {
    super(context)
    this.loginService = context.config.login_service
    this.http = new ServiceHttp(context.config)
  }

  protected makeService(): LoginService {
    return new OidcService(this.config, this.http, this.log)
  }

  protected get service(): LoginService {
    return (this.#service ??= this.makeService())
  }

  override async stop(): Promise<void> {
    await this.http.close()
    await super.stop()
  }

  /** Nobody logs in with a form here. */
  override authenticate(): Promise<AuthResult> {
    return Promise.resolve(null)
  }

  override loginUrl(baseUrl: string): string {
    return `${baseUrl}oauth_login`
  }

  override routes(): readonly LoginRoute[] {
    return [
      { method: 'GET', path: '/oauth_login', handle: (request, signal) => this.#begin(request, signal) },
      { method: 'GET', path: '/oauth_callback', handle: (request, signal) => this.#finish(request, signal) },
    ]
  }

  override checkAllowConfig(): readonly string[] {
    const { config } = this
    if (config.userdata_from_id_token && config.issuer === '') {
      throw new AuthenticatorError(
        'OAuthenticator.userdata_from_id_token needs OAuthenticator.issuer: without, nobody can tell whether an id token is genuine.',
      )
    }
    const warnings = [...super.checkAllowConfig()]
    if (config.client_id === '') warnings.push('Nobody can log in: OAuthenticator.client_id is not set.')
    if (!config.validate_server_cert) {
      warnings.push(
        'OAuthenticator.validate_server_cert is off: whoever can answer for the login service can log in as anybody.',
      )
    }
    const plain = [config.issuer, config.token_url, config.userdata_url].filter(isPlainRemote)
    if (plain.length > 0) {
      warnings.push(
        `${plain.join(' and ')} should begin with https: whoever is on the way there can log in as anybody.`,
      )
    }
    return warnings
  }

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    if (await super.checkAllowed(name, model)) return true
    const { allowed_groups: groups, allowed_scopes: scopes } = this.config
    if (model?.groups?.some((group) => groups.has(group)) === true) return true
    const granted = namesIn(model?.authState?.['scope'])
    return scopes.length > 0 && scopes.every((scope) => granted.includes(scope))
  }

  override async isAdmin(name: string, model: AuthModel): Promise<boolean | undefined> {
    const named = await super.isAdmin(name, model)
    const { admin_groups: groups } = this.config
    if (named === true || groups.size === 0) return named
    return model.groups?.some((group) => groups.has(group)) ?? false
  }

  /** Whether the service still knows the person and the rules still let them in. */
  override async refreshUser(
    user: HubUser,
    _request: LoginRequest | undefined,
    signal: AbortSignal,
  ): Promise<RefreshResult> {
    const state = await user.authState()
    const hook = this.config.refresh_user_hook
    const hooked = hook === null ? null : await hook(this, user, state)
    if (hooked !== null) return hooked
    const accessToken = state?.['access_token']
    // Without auth state there is nothing to ask with.
    if (state === null || typeof accessToken !== 'string') return true
    try {
      const model = await this.#again(state, accessToken, signal)
      if (model === undefined) return false
      const name = await this.normalizeUsername(model.name)
      const isSame = name === user.name
      if (!isSame || (!this.config.allow_all && !(await this.checkAllowed(name, { ...model, name })))) return false
      const admin = await this.isAdmin(name, { ...model, name })
      const { name: _kept, ...change } = model
      return admin === undefined ? change : { ...change, admin }
    } catch (error) {
      if (error instanceof AuthenticationError) return false
      // A service that is down for a moment shall not log everybody out.
      this.log.warn('the login service could not be asked about a user', { user: user.name, error })
      return true
    }
  }

  override async onLogout(user: HubUser, request: LogoutRequest): Promise<string | undefined> {
    const { logout_redirect_url: fixed, logout_at_provider: ends } = this.config
    if (fixed !== '') return fixed
    if (!ends) return undefined
    const idToken = (await user.authState())?.['id_token']
    const hint = typeof idToken === 'string' ? idToken : undefined
    return this.service.endSessionUrl?.(hint, request.publicUrl('login'), AbortSignal.timeout(this.http.timeoutMs))
  }

  /** What the service says about the person. */
  protected async userOf(login: ServiceLogin, signal: AbortSignal): Promise<JsonObject> {
    if (login.user !== undefined) return login.user
    const { claims } = login
    if (this.config.userdata_from_id_token && claims !== undefined) return claims
    return this.service.userOf(login.accessToken, claims, signal)
  }

  /** The name of the user; undefined when the service does not say it. */
  protected usernameOf(user: JsonObject): string | undefined {
    const { username_claim: claim } = this.config
    const name: unknown = typeof claim === 'function' ? claim(user) : claimAt(user, claim)
    // An address that nobody has checked may be anybody's.
    if (claim === 'email' && user['email_verified'] === false) {
      throw new AuthenticationError('Your e-mail address is not verified at the login service. Verify it there first.')
    }
    return typeof name === 'string' && name !== '' ? name : typeof name === 'number' ? String(name) : undefined
  }

  /** More to keep, and to decide by, such as teams. */
  protected async extendState(state: JsonObject, _signal: AbortSignal): Promise<JsonObject> {
    return state
  }

  protected groupsOf(state: JsonObject): readonly string[] {
    const { auth_state_groups_key: key } = this.config
    return namesIn(typeof key === 'function' ? key(state) : claimAt(state, key))
  }

  async #begin(request: LoginRouteRequest, signal: AbortSignal): Promise<LoginRouteResponse> {
    const login = pendingLogins.begin(request)
    try {
      const location = await this.service.authorizeUrl(login, this.#callbackUrl(request), signal)
      return { kind: 'redirect', location }
    } catch (error) {
      throw this.#unavailable(error)
    }
  }

  async #finish(request: LoginRouteRequest, signal: AbortSignal): Promise<LoginRouteResponse> {
    const pending = pendingLogins.take(request, single(request, 'state'))
    if (pending === undefined) {
      this.log.warn('a login came back that this browser has not begun, or long ago', {
        address: request.remoteAddress,
      })
      return { kind: 'failed', status: 400, message: 'This login has expired or was begun elsewhere. Log in again.' }
    }
    const returned = new URL(this.#callbackUrl(request))
    returned.search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
    try {
      const login = await this.service.finish(pending, returned, signal)
      const result = await this.#modelOf(login, signal)
      const refusal = this.config.custom_403_message
      return { kind: 'authenticated', result, refusal, ...(pending.next === '' ? {} : { next: pending.next }) }
    } catch (error) {
      throw this.#unavailable(error)
    }
  }

  async #modelOf(login: ServiceLogin, signal: AbortSignal): Promise<AuthModel> {
    const user = await this.userOf(login, signal)
    const state = await this.extendState(
      {
        access_token: login.accessToken,
        refresh_token: login.refreshToken ?? null,
        id_token: login.idToken ?? null,
        scope: [...login.scope],
        token_response: login.tokenResponse,
        [this.userStateKey]: user,
      },
      signal,
    )
    const hook = this.config.modify_auth_state_hook
    const authState = hook === null ? state : await hook(this, state)
    const name = this.usernameOf(user)
    if (name === undefined) {
      this.log.error('the login service does not say the name of a user', {
        username_claim: String(this.config.username_claim),
        fields: Object.keys(user).join(' '),
      })
      throw new AuthenticationError('The login service does not say your name. Tell your administrator.')
    }
    return { name, authState, groups: this.groupsOf(authState) }
  }

  /** The model anew, from the token that is kept or one that replaces it; undefined: the service does not know it any more. */
  async #again(state: JsonObject, accessToken: string, signal: AbortSignal): Promise<AuthModel | undefined> {
    const refreshToken = state['refresh_token']
    const kept: ServiceLogin = {
      accessToken,
      refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
      idToken: typeof state['id_token'] === 'string' ? state['id_token'] : undefined,
      scope: namesIn(state['scope']),
      tokenResponse: asObject(state['token_response']) ?? {},
      claims: undefined,
      user: undefined,
    }
    try {
      return await this.#modelFrom(kept, signal)
    } catch (error) {
      if (!isDenied(error)) throw error
    }
    if (kept.refreshToken === undefined || this.service.refresh === undefined) return undefined
    const renewed = await this.service.refresh(kept.refreshToken, signal).catch((error: unknown) => {
      if (isDenied(error)) return undefined
      throw error
    })
    if (renewed === undefined) return undefined
    return this.#modelFrom(
      { ...renewed, refreshToken: renewed.refreshToken ?? kept.refreshToken, idToken: renewed.idToken ?? kept.idToken },
      signal,
    )
  }

  async #modelFrom(login: ServiceLogin, signal: AbortSignal): Promise<AuthModel> {
    const user = await this.service.userOf(login.accessToken, login.claims, signal)
    return this.#modelOf({ ...login, user }, signal)
  }

  #callbackUrl(request: LoginRouteRequest): string {
    const { oauth_callback_url: configured } = this.config
    return configured === '' ? request.publicUrl('oauth_callback') : configured
  }

  #unavailable(error: unknown): unknown {
    if (error instanceof AuthenticationError) return error
    this.log.error('the login service cannot be used', { error })
    return new AuthenticationError('The login service cannot be reached just now. Try again in a minute.', 503, {
      cause: error,
    })
  }
}

function isPlainRemote(url: string): boolean {
  return isPlain(url) && URL.canParse(url) && !/^(?:localhost|127\..*|\[::1\])$/.test(new URL(url).hostname)
}

/** Given twice, a parameter says nothing. */
function single(request: LoginRequest, name: string): string | undefined {
  const values = request.query[name] ?? []
  return values.length === 1 ? values[0] : undefined
}

/** The service has answered, and the answer is no. */
function isDenied(error: unknown): boolean {
  const status: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  return (error instanceof ServiceAnswerError || status !== undefined) && [400, 401, 403, 404].includes(Number(status))
}

const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined // kept as JSON
