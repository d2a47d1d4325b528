import type { JsonObject, Log } from '@hub/api'
import { Strategy as GitHubStrategy } from 'passport-github2'
import { AuthenticationError, AuthenticatorError } from '../authentication-error.js'
import type { LoginService, ServiceLogin } from '../oauth/login-service.js'
import type { PendingLogin } from '../oauth/pending-logins.js'
import { ServiceAnswerError, type ServiceHttp } from '../oauth/service-http.js'
import { guardOAuth2 } from '../passport/guard-oauth2.js'
import { runStrategy, type StrategyOutcome, type StrategyRequest } from '../passport/run-strategy.js'
import type { GitHubConfig } from './github-config.js'

/** GitHub by passport-github2. */
export class GitHubService implements LoginService {
  constructor(
    readonly config: GitHubConfig,
    readonly http: ServiceHttp,
    readonly log: Log,
  ) {}

  async authorizeUrl(login: PendingLogin, callbackUrl: string): Promise<string> {
    const outcome = await this.#run(login, new URL(callbackUrl))
    if (outcome.kind !== 'redirect') throw new AuthenticatorError('passport-github2 does not say where to log in.')
    const url = new URL(outcome.location)
    for (const [name, value] of Object.entries(this.config.extra_authorize_params)) url.searchParams.set(name, value)
    return url.href
  }

  async finish(login: PendingLogin, returned: URL): Promise<ServiceLogin> {
    // An answer without a code would make the strategy begin anew.
    if (!returned.searchParams.has('code') && !returned.searchParams.has('error')) throw refused()
    const outcome = await this.#run(login, returned).catch((error: unknown) => {
      if (isUnavailable(error)) throw error
      this.log.error('GitHub gave no token', { error: messageOf(error) })
      throw new AuthenticationError('The login could not be completed. Try again.', 403, { cause: error })
    })
    if (outcome.kind === 'user') return outcome.user
    this.log.warn('GitHub refused a login')
    throw refused()
  }

  /** Tokens of a GitHub App expire and can be renewed; those of an OAuth App do neither. */
  async refresh(refreshToken: string, signal: AbortSignal): Promise<ServiceLogin> {
    const { client_id: id, client_secret: secret, token_url: url } = this.config
    const answer = await this.http.fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'user-agent': 'JupyterHub' },
      body: new URLSearchParams({
        client_id: id,
        client_secret: secret.reveal(),
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.http.timeoutMs)]),
    })
    const body = (await answer.json().catch(() => ({}))) as JsonObject // an object, as GitHub documents; looked at below
    const { access_token: accessToken, refresh_token: renewed } = body
    // GitHub answers 200 also when it refuses.
    if (answer.ok && body['error'] !== undefined) throw new ServiceAnswerError(url, 401)
    if (!answer.ok || typeof accessToken !== 'string') throw new ServiceAnswerError(url, answer.status)
    return {
      ...loginOf(accessToken, typeof renewed === 'string' ? renewed : undefined, body, {}),
      user: undefined,
    }
  }

  async userOf(accessToken: string, _claims: JsonObject | undefined, signal: AbortSignal): Promise<JsonObject> {
    return (await this.http.json(this.config.userdata_url, accessToken, signal)) as JsonObject // what GitHub documents
  }

  #run(login: PendingLogin, url: URL): Promise<StrategyOutcome<ServiceLogin>> {
    const { config } = this
    if (config.client_id === '')
      throw new AuthenticatorError('GitHubOAuthenticator.client_id is not set: GitHub gives one to the hub.')
    const callbackURL = `${url.origin}${url.pathname}`
    const strategy = new GitHubStrategy(
      {
        clientID: config.client_id,
        clientSecret: config.client_secret.reveal(),
        callbackURL,
        authorizationURL: config.authorize_url,
        tokenURL: config.token_url,
        userProfileURL: config.userdata_url,
        userEmailURL: `${config.userdata_url}/emails`,
        scope: config.scope,
        userAgent: 'JupyterHub',
      },
      // Passport tells by the number of parameters what is wanted.
      (
        accessToken: string,
        refreshToken: string | undefined,
        answer: JsonObject,
        profile: { readonly _json: JsonObject },
        done: (error: null, user: ServiceLogin) => void,
      ) => done(null, loginOf(accessToken, refreshToken, answer, profile._json)),
    )
    guardOAuth2(strategy, login, this.http, { pkce: config.enable_pkce })
    const request: StrategyRequest = {
      method: 'GET',
      url: `${url.pathname}${url.search}`,
      originalUrl: `${url.pathname}${url.search}`,
      headers: {},
      query: Object.fromEntries(url.searchParams),
      body: {},
      ip: '',
      get: () => undefined,
    }
    return runStrategy<ServiceLogin>(strategy, request)
  }
}

function loginOf(
  accessToken: string,
  refreshToken: string | undefined,
  answer: JsonObject,
  user: JsonObject,
): ServiceLogin {
  const { scope } = answer
  return {
    accessToken,
    refreshToken,
    idToken: undefined,
    scope: typeof scope === 'string' ? scope.split(/[\s,]+/).filter(Boolean) : [],
    tokenResponse: { ...answer, access_token: accessToken },
    claims: undefined,
    user,
  }
}

const refused = (): AuthenticationError => new AuthenticationError('GitHub did not let you in.')

/** GitHub itself could not be reached: passport wraps what the request ended with. */
function isUnavailable(error: unknown): boolean {
  const inner: unknown =
    typeof error === 'object' && error !== null && 'oauthError' in error ? error.oauthError : undefined
  if (typeof inner !== 'object' || inner === null) return false
  return !('statusCode' in inner) || Number(inner.statusCode) >= 500
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
