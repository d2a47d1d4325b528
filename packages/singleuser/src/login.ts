import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '@hub/api/base'
import { parseRequestUrl, type RequestUrl } from '@hub/forward'
import { mayEnter } from './access-scopes.js'
import { withoutToken } from './app-request.js'
import type { HubFacts } from './config/hub-facts.js'
import { type CookieRules, readCookies, type Seal } from './cookies.js'
import { VisitorError } from './errors.js'
import type { Hub } from './hub.js'
import { LoginFlow, STATE_SECONDS } from './login-flow.js'
import { redirect, sendOwn } from './pages.js'
import { isHttps } from './visit.js'

/** For a token that came without an end. */
const SESSION_SECONDS = 14 * 86_400

/** Logging in at the hub, and out. */
export class Login {
  readonly #flow = new LoginFlow()
  readonly #callbackPath: string

  constructor(
    private readonly facts: HubFacts,
    private readonly hub: Hub,
    private readonly cookies: CookieRules,
    private readonly seal: Seal,
    private readonly log: Log,
  ) {
    const { callbackUrl, prefix } = facts
    const path = URL.canParse(callbackUrl) ? new URL(callbackUrl).pathname : callbackUrl
    this.#callbackPath = decodeURIComponent(path.startsWith(prefix) ? path.slice(prefix.length - 1) : path)
  }

  /** @param rest - decoded path below the prefix, with its slash */
  isCallback(rest: string): boolean {
    return rest === this.#callbackPath
  }

  /** Sends the browser to the hub, to come back to this very page. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const { facts } = this
    const url = parseRequestUrl(request.url ?? '/')
    const next = url === undefined ? facts.prefix : `${url.path}${url.query === '' ? '' : `?${url.query}`}`
    const { query, cookie } = this.#flow.begin(next, this.cookies.state, request.headers.cookie)
    const asked = new URLSearchParams({
      client_id: facts.clientId,
      redirect_uri: facts.callbackUrl,
      response_type: 'code',
      ...query,
    })
    const location = `${facts.hubHost}${facts.hubPrefix}api/oauth2/authorize?${asked.toString()}`
    redirect(response, location, [this.cookies.header(cookie, STATE_SECONDS, isHttps(request))])
  }

  /** The browser comes back from the hub. @throws VisitorError, or when the hub does not answer */
  async finish(request: IncomingMessage, response: ServerResponse, query: string): Promise<void> {
    const { facts, cookies } = this
    const asked = new URLSearchParams(query)
    const again = { href: facts.prefix, text: 'Try again' }
    const error = asked.get('error')
    if (error !== null) {
      const message = `The hub did not let you in: ${asked.get('error_description') ?? error}.`
      sendOwn(response, { status: 400, message, isPage: true, link: again })
      return
    }
    const [code, state] = [asked.get('code'), asked.get('state')]
    const pending = state === null ? undefined : this.#flow.finish(state, request.headers.cookie)
    if (code === null || pending === undefined) {
      const message = 'This login did not begin in this browser, or took too long.'
      sendOwn(response, { status: 400, message, isPage: true, link: again })
      return
    }
    const { token, expiresInSeconds } = await this.hub.exchange(code, pending.verifier)
    const identity = await this.hub.identify(token)
    if (identity === undefined) throw new VisitorError(500, 'The hub does not know the login that it has just made.')
    if (!mayEnter(identity.scopes, facts.accessScopes)) {
      sendOwn(response, {
        status: 403,
        message: `${identity.kind} ${identity.name} is not allowed here.`,
        isPage: true,
      })
      return
    }
    this.log.info('logged in', { user: identity.name })
    const isSecure = isHttps(request)
    redirect(response, pending.next, [
      this.#loginCookie(token, expiresInSeconds, isSecure),
      cookies.header({ name: pending.cookieName, value: '' }, 0, isSecure),
    ])
  }

  /** Takes a token that came in the address into the cookie, and the browser to the address without it. */
  keep(request: IncomingMessage, response: ServerResponse, token: string, { path, query }: RequestUrl): void {
    const kept = withoutToken(query)
    const location = `${path}${kept === '' ? '' : `?${kept}`}`
    redirect(response, location, [this.#loginCookie(token, SESSION_SECONDS, isHttps(request))])
  }

  /** Forgets the visitor here, then lets the hub do so. */
  logout(request: IncomingMessage, response: ServerResponse): void {
    const { facts, cookies } = this
    const isSecure = isHttps(request)
    const own = readCookies(request.headers.cookie).filter(({ name }) => cookies.isOwn(name))
    const cleared = [...new Set(own.map(({ name }) => name))].map((name) =>
      cookies.header({ name, value: '' }, 0, isSecure),
    )
    redirect(response, `${facts.hubHost}${facts.hubPrefix}logout`, cleared)
  }

  #loginCookie(token: string, seconds: number, isSecure: boolean): string {
    const name = this.cookies.login
    return this.cookies.header({ name, value: this.seal.close(name, token) }, seconds, isSecure)
  }
}
