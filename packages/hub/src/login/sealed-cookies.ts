import type { JsonObject } from '@hub/api'
import { stringifySetCookie } from 'cookie'
import type { Exchange } from '../http/exchange.js'
import { addCookie } from '../http/reply.js'
import { cookieValues } from './cookie-header.js'
import type { ValueSealer } from './sealed-value.js'

export interface SealedCookiesDeps {
  readonly sealer: ValueSealer
  readonly hubPrefix: string
  /** Scheme of the public URL, if one is configured; else that of the request decides on Secure. */
  readonly publicScheme?: 'http' | 'https' | undefined
  readonly nowMs: () => number
}

/** What an authenticator keeps in the browser while somebody is away at the login service. */
export class SealedCookies {
  constructor(private readonly deps: SealedCookiesDeps) {}

  /** @param fromOtherSite - the browser must bring it along when another site posts a form to the hub (SAML, form_post) */
  set(exchange: Exchange, name: string, value: JsonObject, maxAgeSeconds: number, fromOtherSite: boolean): void {
    const sealed = this.deps.sealer.seal(name, value, this.deps.nowMs() + maxAgeSeconds * 1_000)
    addCookie(exchange.response, this.#cookie(exchange, name, sealed, maxAgeSeconds, fromOtherSite))
  }

  /** The value, and the cookie deleted; undefined when it is absent, forged or expired. */
  take(exchange: Exchange, name: string): JsonObject | undefined {
    const values = cookieValues(exchange.facts.headers.cookie, cookieName(name))
    if (values.length === 0) return undefined
    addCookie(exchange.response, this.#cookie(exchange, name, '', 0, false))
    for (const value of values) {
      const opened = this.deps.sealer.open(name, value, this.deps.nowMs())
      if (opened !== undefined) return opened
    }
    return undefined
  }

  #cookie({ facts }: Exchange, name: string, value: string, maxAge: number, fromOtherSite: boolean): string {
    const secure = (this.deps.publicScheme ?? facts.protocol) === 'https'
    // Browsers take SameSite=None over https only; over http they bring fresh cookies along anyway.
    const sameSite = fromOtherSite ? (secure ? { sameSite: 'none' as const } : {}) : { sameSite: 'lax' as const }
    return stringifySetCookie({
      name: cookieName(name),
      value,
      path: this.deps.hubPrefix,
      httpOnly: true,
      maxAge,
      ...(secure ? { secure } : {}),
      ...sameSite,
    })
  }
}

/** Cookies of authenticators cannot take the place of the hub's own. */
function cookieName(name: string): string {
  if (!/^[\w-]{1,64}$/.test(name))
    throw new RangeError(`A cookie cannot be called ${JSON.stringify(name)}; use letters, digits, - and _.`)
  return `jupyterhub-login-${name}`
}
