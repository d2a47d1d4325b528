import { type SerializeOptions, stringifySetCookie } from 'cookie'
import { cookieValues } from './cookie-header.js'
import { signValue, verifySignedValue } from './signed-value.js'

const DAY_MS = 24 * 60 * 60 * 1000
const LOGIN = 'jupyterhub-hub-login'

export const SESSION_ID_COOKIE = 'jupyterhub-session-id'
export const XSRF_COOKIE = '_xsrf'
/** Set by hubs before 3.2; deleted at logout. */
export const LEGACY_SERVICES_COOKIE = 'jupyterhub-services'

/** Days for which browsers keep the login cookie. The hub stops to accept it after `cookie_max_age_days` already. */
const LOGIN_COOKIE_DAYS = 30
/** Anybody can send any: what no hub makes is as good as none. */
const SESSION_ID = /^[\w-]{8,64}$/
const ANONYMOUS_XSRF_SECONDS = 3600

/** Options of a cookie as `tornado_settings` gives them, in its words. */
export interface CookieOptions {
  readonly domain?: string
  readonly path?: string
  readonly secure?: boolean
  readonly httponly?: boolean
  readonly samesite?: 'strict' | 'lax' | 'none' | 'Strict' | 'Lax' | 'None'
  readonly expires_days?: number
  /** Seconds. */
  readonly max_age?: number
}

export interface CookieSettings {
  readonly secret: Uint8Array
  /** Begins and ends with a slash. */
  readonly baseUrl: string
  /** `baseUrl` and `hub/`. */
  readonly hubPrefix: string
  /** The hub's domain, only with `subdomain_host`: the session id is then shared with the hosts of users. */
  readonly domain?: string | undefined
  /** Scheme of the public URL, if one is configured; else that of the request decides on Secure. */
  readonly publicScheme?: 'http' | 'https' | undefined
  /** `cookie_host_prefix_enabled` */
  readonly hostPrefix: boolean
  /** `cookie_max_age_days`: how long after signing a login cookie is accepted. */
  readonly maxAgeDays: number
  readonly cookieOptions?: CookieOptions | undefined
  /** `xsrf_cookie_kwargs`, which takes the place of `cookieOptions` for the XSRF cookie. */
  readonly xsrfCookieOptions?: CookieOptions | undefined
}

/** What in the request decides about a cookie's flags. */
export interface CookieRequest {
  readonly protocol: 'http' | 'https'
  readonly nowMs: number
}

/** What a login cookie says. */
export interface LoginMark {
  /** Names the user, until they log out everywhere. */
  readonly cookieId: string
  /** The session it was made in, which can be ended by itself; a cookie that JupyterHub has made names none. */
  readonly sessionId?: string
}

export type LoginCookie = { readonly state: 'absent' | 'invalid' } | (LoginMark & { readonly state: 'valid' })

const markPattern = /^([^:]+)(?::([\w-]{8,64}))?$/

/** Reads the text that is signed in a login cookie. */
export function readLoginMark(text: string): LoginMark | undefined {
  const [, cookieId, sessionId] = markPattern.exec(text) ?? []
  if (cookieId === undefined) return undefined
  return { cookieId, ...(sessionId === undefined ? {} : { sessionId }) }
}

/** Reads and writes the hub's own cookies. Each writing method returns one `Set-Cookie` header. */
export class SessionCookies {
  constructor(readonly settings: CookieSettings) {}

  get loginName(): string {
    return this.settings.hostPrefix ? `__Host-${LOGIN}` : LOGIN
  }

  /** The session ids that the browser sends; they are not signed, for servers and services read them too. */
  readSessionIds(cookieHeader: string | undefined): readonly string[] {
    return cookieValues(cookieHeader, SESSION_ID_COOKIE).filter((value) => SESSION_ID.test(value))
  }

  /** Whom the login cookie names. One that is `invalid` should be cleared. */
  readLogin(cookieHeader: string | undefined, nowMs: number): LoginCookie {
    const values = cookieValues(cookieHeader, this.loginName)
    for (const value of values) {
      const mark = this.verifyLogin(value, nowMs)
      if (mark !== undefined) return { state: 'valid', ...mark }
    }
    return { state: values.length > 0 ? 'invalid' : 'absent' }
  }

  verifyLogin(value: string, nowMs: number): LoginMark | undefined {
    const { secret, maxAgeDays } = this.settings
    const text = verifySignedValue(value, { name: this.loginName, secret, nowMs, maxAgeMs: maxAgeDays * DAY_MS })
    return text === undefined ? undefined : readLoginMark(text)
  }

  setSessionId(sessionId: string, request: CookieRequest): string {
    return this.#set(SESSION_ID_COOKIE, sessionId, this.#sessionIdOptions(request), request)
  }

  setLogin({ cookieId, sessionId }: LoginMark, request: CookieRequest): string {
    const { secret } = this.settings
    const text = sessionId === undefined ? cookieId : `${cookieId}:${sessionId}`
    const value = signValue(text, { name: this.loginName, secret, nowMs: request.nowMs })
    return this.#set(this.loginName, value, this.#loginOptions(request), request)
  }

  /** @param anonymous - a token of somebody not logged in soon dies; others live as long as the browser's session */
  setXsrf(token: string, { anonymous }: { readonly anonymous: boolean }, request: CookieRequest): string {
    const options = { ...(anonymous ? { max_age: ANONYMOUS_XSRF_SECONDS } : {}), ...this.#xsrfOptions() }
    return this.#set(XSRF_COOKIE, token, options, request)
  }

  clearLogin(request: CookieRequest): string {
    return this.#clear(this.loginName, this.#loginOptions(request), request)
  }

  /** What a logout deletes. Browsers only delete a cookie that is named with the attributes it was set with. */
  clearAll(request: CookieRequest): readonly string[] {
    return [
      this.#clear(SESSION_ID_COOKIE, this.#sessionIdOptions(request), request),
      this.clearLogin(request),
      this.#clear(LEGACY_SERVICES_COOKIE, { path: `${this.settings.baseUrl}services` }, request),
      this.#clear(XSRF_COOKIE, this.#xsrfOptions(), request),
    ]
  }

  #isSecure({ protocol }: CookieRequest): boolean {
    return (this.settings.publicScheme ?? protocol) === 'https'
  }

  #sessionIdOptions(request: CookieRequest): CookieOptions {
    const { baseUrl, domain, cookieOptions } = this.settings
    const shared = domain === undefined ? {} : { domain }
    return { path: baseUrl, httponly: true, secure: this.#isSecure(request), ...shared, ...cookieOptions }
  }

  #loginOptions(request: CookieRequest): CookieOptions {
    const { hubPrefix, hostPrefix, cookieOptions } = this.settings
    const { domain, ...others } = cookieOptions ?? {}
    const options = {
      path: hubPrefix,
      httponly: true,
      secure: this.#isSecure(request),
      expires_days: LOGIN_COOKIE_DAYS,
    }
    // Browsers take a __Host- cookie with exactly these attributes only.
    if (hostPrefix) return { ...options, ...others, path: '/', secure: true }
    return { ...options, ...others, ...(domain === undefined ? {} : { domain }) }
  }

  #xsrfOptions(): CookieOptions {
    const { hubPrefix, cookieOptions, xsrfCookieOptions } = this.settings
    return { ...(xsrfCookieOptions ?? cookieOptions), path: hubPrefix }
  }

  #set(name: string, value: string, options: CookieOptions, { nowMs }: CookieRequest): string {
    return stringifySetCookie({ name, value, ...serializeOptions(options, nowMs) }, { encode: asIs })
  }

  #clear(name: string, options: CookieOptions, request: CookieRequest): string {
    const { max_age: _, expires_days: __, ...kept } = options
    return this.#set(name, '', { ...kept, expires_days: -365 }, request)
  }
}

// Signed values hold | and : which cookies may contain; escaping them would change what others read.
const asIs = (value: string): string => value

function serializeOptions(options: CookieOptions, nowMs: number): SerializeOptions {
  const { domain, path, secure, httponly, samesite, expires_days: days, max_age: maxAge } = options
  return {
    ...(domain === undefined ? {} : { domain }),
    path: path ?? '/',
    ...(secure ? { secure } : {}),
    ...(httponly ? { httpOnly: httponly } : {}),
    ...(samesite === undefined ? {} : { sameSite: samesite.toLowerCase() as Lowercase<typeof samesite> }),
    ...(days === undefined ? {} : { expires: new Date(nowMs + days * DAY_MS) }),
    ...(maxAge === undefined ? {} : { maxAge }),
  }
}
