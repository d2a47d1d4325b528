import type { JsonObject, Log } from '@hub/api'
import * as oidc from 'openid-client'
import { AuthenticationError, AuthenticatorError } from '../authentication-error.js'
import type { LoginService, ServiceLogin } from './login-service.js'
import type { OAuthConfig } from './oauth-config.js'
import type { PendingLogin } from './pending-logins.js'
import type { ServiceHttp } from './service-http.js'

const DISCOVERED_FOR_MS = 3_600_000
/** Stands for the issuer of a service that has none. */
const NO_ISSUER = 'https://issuer.invalid'

/** A service that speaks OpenID Connect, found by its issuer, or plain OAuth 2.0, by three URLs. */
export class OidcService implements LoginService {
  #discovered: { readonly configuration: Promise<oidc.Configuration>; readonly until: number } | undefined

  constructor(
    readonly config: OAuthConfig,
    readonly http: ServiceHttp,
    readonly log: Log,
  ) {}

  async authorizeUrl(login: PendingLogin, callbackUrl: string, signal: AbortSignal): Promise<string> {
    const { config } = this
    const parameters: Record<string, string> = {
      ...config.extra_authorize_params,
      response_type: 'code',
      redirect_uri: callbackUrl,
      scope: this.#scope.join(' '),
      state: login.state,
    }
    if (parameters['scope'] === '') delete parameters['scope']
    if (config.enable_pkce) {
      parameters['code_challenge'] = await oidc.calculatePKCECodeChallenge(login.verifier)
      parameters['code_challenge_method'] = 'S256'
    }
    if (this.#hasIssuer) parameters['nonce'] = login.nonce
    return oidc.buildAuthorizationUrl(await this.#configuration(signal), parameters).href
  }

  async finish(login: PendingLogin, returned: URL, signal: AbortSignal): Promise<ServiceLogin> {
    const { config } = this
    const answer = await oidc
      .authorizationCodeGrant(
        await this.#configuration(signal),
        returned,
        {
          expectedState: login.state,
          ...(config.enable_pkce ? { pkceCodeVerifier: login.verifier } : {}),
          ...(this.#hasIssuer ? { expectedNonce: login.nonce, idTokenExpected: true } : {}),
        },
        config.token_params,
      )
      .catch((error: unknown) => {
        throw this.#refusal(error)
      })
    return this.#loginOf(answer)
  }

  async refresh(refreshToken: string, signal: AbortSignal): Promise<ServiceLogin> {
    return this.#loginOf(await oidc.refreshTokenGrant(await this.#configuration(signal), refreshToken))
  }

  async userOf(accessToken: string, claims: JsonObject | undefined, signal: AbortSignal): Promise<JsonObject> {
    const { userdata_url: configured, userdata_params: parameters, userdata_token_method: method } = this.config
    const configuration = await this.#configuration(signal)
    const known = configured !== '' ? configured : configuration.serverMetadata().userinfo_endpoint
    if (known === undefined) {
      if (claims !== undefined) return claims
      throw new AuthenticatorError('OAuthenticator.userdata_url is not set, and the provider does not say it.')
    }
    const url = new URL(known)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    if (method === 'url') url.searchParams.set('access_token', accessToken)
    const user = await this.http.json(url.href, accessToken, signal)
    if (!isObject(user)) throw new AuthenticatorError(`${known} does not answer with an object.`)
    // Another person's data could be slipped in otherwise.
    if (claims !== undefined && user['sub'] !== claims['sub'])
      throw new AuthenticatorError(`${known} speaks of somebody else than the id token.`)
    return claims === undefined ? user : { ...claims, ...user }
  }

  async endSessionUrl(idToken: string | undefined, backTo: string, signal: AbortSignal): Promise<string | undefined> {
    const configuration = await this.#configuration(signal)
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
    return oidc.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: backTo,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    }).href
  }

  get #hasIssuer(): boolean {
    return this.config.issuer !== ''
  }

  get #scope(): readonly string[] {
    const { scope } = this.config
    return this.#hasIssuer && !scope.includes('openid') ? ['openid', ...scope] : scope
  }

  async #configuration(signal: AbortSignal): Promise<oidc.Configuration> {
    signal.throwIfAborted()
    const known = this.#discovered
    if (known !== undefined && performance.now() < known.until) return known.configuration
    const configuration = this.#configure()
    const discovered = { configuration, until: performance.now() + DISCOVERED_FOR_MS }
    this.#discovered = discovered
    configuration.catch(() => {
      // The next login tries again.
      if (this.#discovered === discovered) this.#discovered = undefined
    })
    return configuration
  }

  async #configure(): Promise<oidc.Configuration> {
    const { client_id: id, issuer } = this.config
    const secret = this.config.client_secret.reveal()
    if (id === '')
      throw new AuthenticatorError('OAuthenticator.client_id is not set: the login service gives one to the hub.')
    const configuration = this.#hasIssuer
      ? await oidc.discovery(
          new URL(issuer),
          id,
          { client_secret: secret },
          this.#clientAuth(secret),
          this.#discoveryOptions,
        )
      : new oidc.Configuration(this.#configuredServer(), id, { client_secret: secret }, this.#clientAuth(secret))
    if (!this.#hasIssuer) this.#prepare(configuration)
    // By default the library trusts the connection that an id token came through; the signature is checked as well.
    else oidc.enableNonRepudiationChecks(configuration)
    return configuration
  }

  get #discoveryOptions(): oidc.DiscoveryRequestOptions {
    return {
      [oidc.customFetch]: (url: string, options: object) => this.#fetch(url, options),
      timeout: this.http.timeoutMs / 1_000,
      execute: isPlain(this.config.issuer) ? [allowPlainHttp] : [],
    }
  }

  #prepare(configuration: oidc.Configuration): void {
    configuration[oidc.customFetch] = (url: string, options: object) => this.#fetch(url, options)
    configuration.timeout = this.http.timeoutMs / 1_000
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- as below
    if (isPlain(this.config.token_url)) allowPlainHttp(configuration)
  }

  #configuredServer(): oidc.ServerMetadata {
    const { authorize_url: authorize, token_url: token } = this.config
    for (const [name, url] of [
      ['authorize_url', authorize],
      ['token_url', token],
    ] as const)
      if (!URL.canParse(url))
        throw new AuthenticatorError(`OAuthenticator.${name} must be a URL, or set OAuthenticator.issuer.`)
    return { issuer: NO_ISSUER, authorization_endpoint: authorize, token_endpoint: token }
  }

  #clientAuth(secret: string): oidc.ClientAuth {
    if (secret === '') return oidc.None()
    return this.config.basic_auth ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret)
  }

  /** Without an issuer, id tokens cannot be checked: they are left out before anything could rely on them. */
  async #fetch(url: string, options: object): Promise<Response> {
    const answer = await this.http.fetch(url, options)
    if (this.#hasIssuer || !answer.ok || url.split('?')[0] !== this.config.token_url.split('?')[0]) return answer
    const body: unknown = await answer.json().catch(() => ({}))
    const { id_token: _unchecked, ...rest } = isObject(body) ? body : {}
    return Response.json({ token_type: 'bearer', ...rest }, { status: answer.status })
  }

  #loginOf(answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers): ServiceLogin {
    const claims = answer.claims()
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      idToken: answer.id_token,
      scope: answer.scope?.split(' ').filter(Boolean) ?? this.#scope,
      tokenResponse: asJson(answer),
      claims: claims === undefined ? undefined : asJson(claims),
      user: undefined,
    }
  }

  #refusal(error: unknown): unknown {
    if (error instanceof oidc.AuthorizationResponseError) {
      this.log.warn('the login service refused a login', { error: error.error, description: error.error_description })
      return new AuthenticationError('The login service did not let you in.', 403, { cause: error })
    }
    if (error instanceof oidc.ResponseBodyError || error instanceof oidc.ClientError) {
      this.log.error('the login service gave no token that can be trusted', { error, code: error.code })
      return new AuthenticationError('The login could not be completed. Try again.', 403, { cause: error })
    }
    return error
  }
}

/** Whoever configures an address without TLS is told so at the start, and may have a reason, such as the same host. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so only to stand out
const allowPlainHttp = oidc.allowInsecureRequests

export const isPlain = (url: string): boolean => url.startsWith('http:')
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject // JSON gives JSON back
