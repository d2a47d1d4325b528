import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import { cookieValues } from './cookie-header.js'
import { isEqual, signValue, verifySignedValue } from './signed-value.js'

const NAME = '_xsrf'
const MAX_AGE_MS = 31 * 24 * 60 * 60 * 1000

/** Whose request a token belongs to. Tokens die with the session, and anonymous ones at login. */
export type XsrfSubject =
  | { readonly kind: 'user'; readonly sessionId: string; readonly cookieId: string }
  | { readonly kind: 'anonymous'; readonly sessionId: string | undefined; readonly anonymousId: string }
  /** A service that fetches a page with its token. */
  | { readonly kind: 'service' }

/** The text that a token signs. */
export function xsrfId(subject: XsrfSubject): string {
  switch (subject.kind) {
    case 'user':
      return `${subject.sessionId}:${subject.cookieId}`
    case 'anonymous':
      // The reference hub formats a missing session id as Python's None; its clients share the rule.
      return `${subject.sessionId ?? 'None'}:${subject.anonymousId}`
    case 'service':
      return ':'
  }
}

/** What tells browsers apart that are not logged in. */
export interface AnonymousIdSettings {
  /** Addresses inside one of these count as one, for clients whose address changes. */
  readonly cidrs: readonly { readonly text: string; readonly contains: (ip: string) => boolean }[]
  /** Lower-case names. */
  readonly headers: readonly string[]
}

/**
 * Reads JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS and JUPYTERHUB_XSRF_ANONYMOUS_ID_HEADERS.
 *
 * @throws RangeError that names the network which is none
 */
export function anonymousIdSettings(env: Readonly<Record<string, string | undefined>>): AnonymousIdSettings {
  const list = (text: string) =>
    text
      .split(';')
      .map((each) => each.trim())
      .filter((each) => each !== '')
  return {
    cidrs: list(env['JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS'] ?? '').map(network),
    headers: list(env['JUPYTERHUB_XSRF_ANONYMOUS_ID_HEADERS'] ?? 'User-Agent').map((name) => name.toLowerCase()),
  }
}

/** Identifies a browser that is not logged in, by its address and some of its headers. */
export function anonymousId(
  request: { readonly ip: string; readonly headers: IncomingHttpHeaders },
  settings: AnonymousIdSettings,
): string {
  const hash = createHash('sha256')
  hash.update(settings.cidrs.find(({ contains }) => contains(request.ip))?.text ?? request.ip)
  for (const name of settings.headers) {
    hash.update([request.headers[name] ?? ''].flat().join(','))
    hash.update(Buffer.of(0xff))
  }
  return hash.digest('base64').replaceAll('+', '-').replaceAll('/', '_')
}

export interface XsrfKey {
  readonly secret: Uint8Array
  readonly nowMs: number
}

/** A fresh token for `id`. */
export function makeXsrfToken(id: string, key: XsrfKey): string {
  return Buffer.from(signValue(id, { name: NAME, ...key })).toString('base64url')
}

/** The id in a token; undefined if it is not one of ours, or too old. */
export function readXsrfToken(token: string, key: XsrfKey): string | undefined {
  const signed = Buffer.from(token, 'base64url').toString('utf8')
  return verifySignedValue(signed, { name: NAME, maxAgeMs: MAX_AGE_MS, ...key })
}

export interface ExpectedXsrfToken {
  readonly token: string
  /** The browser does not have it yet; see {@link mayStoreXsrfToken}. */
  readonly isFresh: boolean
}

/**
 * The token that a request of `id` must prove to know. Several cookies of the name may be there, from servers and services
 * on other paths; the first with a valid signature counts.
 */
export function expectedXsrfToken(cookieHeader: string | undefined, id: string, key: XsrfKey): ExpectedXsrfToken {
  for (const token of cookieValues(cookieHeader, NAME)) {
    const signedId = readXsrfToken(token, key)
    if (signedId === undefined) continue
    if (signedId === id) return { token, isFresh: false }
    break
  }
  return { token: makeXsrfToken(id, key), isFresh: true }
}

/** Whether a fresh token may be set as a cookie: not in replies to what scripts fetch, which would race with pages. */
export const mayStoreXsrfToken = (secFetchMode: string | undefined): boolean => isAbsentOrNavigate(secFetchMode)

export interface XsrfRequest {
  readonly method: string
  readonly secFetchMode: string | undefined
  readonly secFetchSite: string | undefined
  readonly hasOrigin: boolean
  /** How the caller was recognised. */
  readonly caller: 'token' | 'cookie' | 'anonymous'
  readonly target: 'api' | 'page'
}

/** Whether the request must show the token. */
export function needsXsrfCheck(request: XsrfRequest): boolean {
  const { method, secFetchMode: mode, secFetchSite: site, caller, target } = request
  if (caller === 'token' || mode === 'websocket') return false
  if (method === 'HEAD' || method === 'OPTIONS') return false
  if (target === 'page' && method === 'GET') return false
  // Whoever comes without credentials gets the ordinary 403, unless a browser says another page sent it.
  if (target === 'api' && caller === 'anonymous' && !request.hasOrigin) return false
  if (method !== 'GET') return true
  return !isAbsentOrNavigate(mode) && !(mode === 'no-cors' && site === 'same-origin')
}

/** The token a request shows: of the argument and the two headers the first that is not empty. */
export function sentXsrfToken(argument: string | undefined, headers: IncomingHttpHeaders): string | undefined {
  return [argument, headers['x-xsrftoken'], headers['x-csrftoken']]
    .flat()
    .find((text) => text !== undefined && text !== '')
}

/** What is wrong with the token a request shows, in the words of the 403; undefined if nothing is. */
export function xsrfProblem(method: string, sent: string | undefined, expected: string): string | undefined {
  if (sent === undefined) return `'_xsrf' argument missing from ${method}`
  if (/\p{Surrogate}/u.test(sent)) return "'_xsrf' argument invalid"
  return isEqual(sent, expected) ? undefined : `XSRF cookie does not match ${method} argument`
}

const isAbsentOrNavigate = (mode: string | undefined): boolean => !mode || mode === 'navigate'

function network(text: string): AnonymousIdSettings['cidrs'][number] {
  const [address = '', bits] = text.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  try {
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  } catch (cause) {
    throw new RangeError(
      `JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS: ${JSON.stringify(text)} is no network such as 10.0.0.0/8.`,
      {
        cause,
      },
    )
  }
  return { text, contains: (ip) => isIPv6(ip) === (family === 'ipv6') && list.check(ip, family) }
}
