import {
  anonymousId,
  type AnonymousIdSettings,
  expectedXsrfToken,
  mayStoreXsrfToken,
  needsXsrfCheck,
  sentXsrfToken,
  xsrfId,
  xsrfProblem,
  type XsrfSubject,
} from '../login/xsrf.js'
import type { SessionCookies } from '../login/session-cookies.js'
import type { Exchange } from './exchange.js'
import { firstText } from './form-body.js'
import { HubError } from './hub-error.js'
import { addCookie } from './reply.js'
import { isByToken } from './visitor.js'

/** The request does not show that one of the hub's own pages sent it. */
export class XsrfError extends HubError {
  override readonly name = 'XsrfError'
  constructor(message: string) {
    super('xsrf_refused', 403, message)
  }
}

export interface XsrfGuardDeps {
  readonly cookies: SessionCookies
  readonly anonymousIds: AnonymousIdSettings
  readonly nowMs: () => number
}

/** Tells requests of the hub's own pages from those that other sites make browsers send. */
export class XsrfGuard {
  /** What each request was told its token is; a second question must not set a second cookie. */
  readonly #told = new WeakMap<Exchange, string>()

  constructor(private readonly deps: XsrfGuardDeps) {}

  /** @throws {@link XsrfError} */
  async check(exchange: Exchange, target: 'api' | 'page'): Promise<void> {
    const { method, headers, query } = exchange.facts
    const needed = needsXsrfCheck({
      method,
      secFetchMode: single(headers['sec-fetch-mode']),
      secFetchSite: single(headers['sec-fetch-site']),
      hasOrigin: headers.origin !== undefined,
      caller: exchange.visitor.kind === 'anonymous' ? 'anonymous' : isByToken(exchange.visitor) ? 'token' : 'cookie',
      target,
    })
    if (!needed) return
    // Only a form is read here: `form` leaves every other body alone.
    const argument = query.get('_xsrf') || (method === 'GET' ? undefined : firstText(await exchange.form(), '_xsrf'))
    const problem = xsrfProblem(method, sentXsrfToken(argument, headers), this.#expected(exchange).token)
    if (problem !== undefined) throw new XsrfError(problem)
  }

  /** The token for a page that this request is answered with; set as cookie if the browser lacks it. */
  token(exchange: Exchange): string {
    const told = this.#told.get(exchange)
    if (told !== undefined) return told
    const { token, isFresh } = this.#expected(exchange)
    if (isFresh) this.#store(exchange, token)
    this.#told.set(exchange, token)
    return token
  }

  /**
   * The same, with the cookie set in any case: when somebody has just logged in, and on the login page, so that its token has the
   * whole of its short life before it.
   */
  renew(exchange: Exchange): string {
    const { token } = this.#expected(exchange)
    this.#store(exchange, token)
    this.#told.set(exchange, token)
    return token
  }

  #expected(exchange: Exchange): { readonly token: string; readonly isFresh: boolean } {
    const { cookies, nowMs } = this.deps
    const key = { secret: cookies.settings.secret, nowMs: nowMs() }
    return expectedXsrfToken(exchange.facts.headers.cookie, xsrfId(this.#subject(exchange)), key)
  }

  #store({ facts, response, visitor }: Exchange, token: string): void {
    if (!mayStoreXsrfToken(single(facts.headers['sec-fetch-mode']))) return
    const { cookies, nowMs } = this.deps
    const request = { protocol: facts.protocol, nowMs: nowMs() }
    addCookie(response, cookies.setXsrf(token, { anonymous: visitor.kind === 'anonymous' }, request))
  }

  #subject({ visitor, sessionId, facts }: Exchange): XsrfSubject {
    switch (visitor.kind) {
      case 'user':
        return { kind: 'user', sessionId: sessionId ?? 'None', cookieId: visitor.user.cookieId }
      case 'service':
        return { kind: 'service' }
      case 'anonymous':
        return { kind: 'anonymous', sessionId, anonymousId: anonymousId(facts, this.deps.anonymousIds) }
    }
  }
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)
