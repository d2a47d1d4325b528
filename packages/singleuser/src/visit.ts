import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { mayEnter } from './access-scopes.js'
import type { HubFacts } from './config/hub-facts.js'
import { type CookieRules, readCookies, type Seal } from './cookies.js'
import type { Identity } from './hub.js'
import type { Identities } from './identities.js'

/** Who is behind a request. */
export type Visit =
  | { readonly is: 'nobody' }
  | { readonly is: 'refused'; readonly identity: Identity }
  | { readonly is: 'visitor'; readonly identity: Identity; readonly credential: Credential }

/** Where the token of a visitor stood. */
export interface Credential {
  readonly from: 'cookie' | 'header' | 'url'
  readonly token: string
  readonly sessionId: string
}

const SESSION_COOKIE = 'jupyterhub-session-id'

/** Finds out who visits. */
export class Doorkeeper {
  constructor(
    private readonly facts: HubFacts,
    private readonly cookies: CookieRules,
    private readonly seal: Seal,
    private readonly identities: Identities,
  ) {}

  /** @throws when the hub must be asked and does not answer */
  async visitOf(request: IncomingMessage, kind: 'request' | 'websocket'): Promise<Visit> {
    let refused: Identity | undefined
    // The cookie first: an app may use the header for tokens of its own.
    for (const credential of this.#credentials(request, kind)) {
      const identity = await this.identities.find(credential.token, credential.sessionId)
      if (identity === undefined) continue
      if (mayEnter(identity.scopes, this.facts.accessScopes)) return { is: 'visitor', identity, credential }
      refused ??= identity
    }
    return refused === undefined ? { is: 'nobody' } : { is: 'refused', identity: refused }
  }

  /** Whether the visitor of before would still be let in. */
  async isStillWelcome({ token, sessionId }: Credential): Promise<boolean> {
    const identity = await this.identities.find(token, sessionId)
    return identity !== undefined && mayEnter(identity.scopes, this.facts.accessScopes)
  }

  #credentials(request: IncomingMessage, kind: 'request' | 'websocket'): Credential[] {
    const { headers } = request
    const cookies = readCookies(headers.cookie)
    const sessionId = cookies.find(({ name }) => name === SESSION_COOKIE)?.value ?? ''
    const found: Credential[] = []
    // A page of another site can open a WebSocket with the browser's cookies, and no preflight asks first.
    const mayUseCookie = kind === 'request' || (this.facts.allowWebSocketCookie && isSameOrigin(request))
    for (const { name, value } of mayUseCookie ? cookies : []) {
      const token = name === this.cookies.login ? this.seal.open(name, value) : undefined
      if (token !== undefined) found.push({ from: 'cookie', token, sessionId })
    }
    const token = /^(?:token|bearer)\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
    if (token !== undefined) found.push({ from: 'header', token, sessionId: '' })
    const inUrl = this.facts.allowTokenInUrl ? tokenInUrl(request.url ?? '') : undefined
    if (inUrl !== undefined) found.push({ from: 'url', token: inUrl, sessionId: '' })
    return found
  }
}

/** Without an Origin no browser asks, or one from a page of the same origin. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  return new URL(origin).host.toLowerCase() === hostOf(headers['x-forwarded-host'] ?? host, origin)
}

/** A port that is the scheme's own stands in no origin. */
function hostOf(text: string | readonly string[] | undefined, origin: string): string | undefined {
  const [host = ''] = String(text ?? '').split(',')
  const url = `${new URL(origin).protocol}//${host.trim()}`
  return URL.canParse(url) ? new URL(url).host.toLowerCase() : undefined
}

export function isHttps({ headers, socket }: IncomingMessage): boolean {
  const [proto] = String(headers['x-forwarded-proto'] ?? '').split(',')
  if (proto !== undefined && proto.trim() !== '') return /^(?:https|wss)$/i.test(proto.trim())
  return (socket as Partial<TLSSocket>).encrypted === true
}

function tokenInUrl(url: string): string | undefined {
  const query = url.slice(url.indexOf('?') + 1)
  return url.includes('?') ? (new URLSearchParams(query).get('token') ?? undefined) : undefined
}

/** Whether a person looks at this: then a login may be begun, where a program is told that it may not. */
export function isPageVisit({ method, headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode']
  if (method !== 'GET' && method !== 'HEAD') return false
  if (mode !== undefined && mode !== 'navigate') return false
  return (headers.accept ?? '').includes('text/html')
}
