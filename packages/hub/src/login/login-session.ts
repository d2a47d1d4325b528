import { randomUUID } from 'node:crypto'
import type { Exchange } from '../http/exchange.js'
import { addCookie } from '../http/reply.js'
import { anonymous } from '../http/visitor.js'
import type { CookieRequest, SessionCookies } from './session-cookies.js'

export interface LoginSessionDeps {
  readonly cookies: SessionCookies
  readonly nowMs: () => number
}

/** The two cookies of a browser that is logged in. */
export class LoginSession {
  constructor(private readonly deps: LoginSessionDeps) {}

  /** Gives the browser a session id if it has none. */
  ensureSessionId(exchange: Exchange): string {
    if (exchange.sessionId !== undefined) return exchange.sessionId
    return this.#setSessionId(exchange, randomUUID().replaceAll('-', ''))
  }

  /** Has the request count to the session that its login cookie was made in, whatever else the browser has come to hold. */
  keepTo(exchange: Exchange, sessionId: string): void {
    if (exchange.sessionId === sessionId) return
    const sent = this.deps.cookies.readSessionIds(exchange.facts.headers.cookie)
    if (sent.includes(sessionId)) exchange.sessionId = sessionId
    else this.#setSessionId(exchange, sessionId)
  }

  #setSessionId(exchange: Exchange, sessionId: string): string {
    exchange.sessionId = sessionId
    addCookie(exchange.response, this.deps.cookies.setSessionId(sessionId, this.#of(exchange)))
    return sessionId
  }

  begin(exchange: Exchange, cookieId: string): void {
    const sessionId = this.ensureSessionId(exchange)
    addCookie(exchange.response, this.deps.cookies.setLogin({ cookieId, sessionId }, this.#of(exchange)))
  }

  /** Deletes all cookies of the hub; the rest of the request is anonymous. */
  end(exchange: Exchange): void {
    for (const cookie of this.deps.cookies.clearAll(this.#of(exchange))) addCookie(exchange.response, cookie)
    exchange.visitor = anonymous
    exchange.sessionId = undefined
  }

  /** Deletes a login cookie that names nobody. */
  clearLogin(exchange: Exchange): void {
    addCookie(exchange.response, this.deps.cookies.clearLogin(this.#of(exchange)))
  }

  #of({ facts }: Exchange): CookieRequest {
    return { protocol: facts.protocol, nowMs: this.deps.nowMs() }
  }
}
