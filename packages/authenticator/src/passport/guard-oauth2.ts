import https from 'node:https'
import { createHash } from 'node:crypto'
import type { PendingLogin } from '../oauth/pending-logins.js'
import type { ServiceHttp } from '../oauth/service-http.js'
import type { Strategy } from './run-strategy.js'
import { PendingLoginStore } from './state-store.js'

interface RequestOptions {
  readonly host: string
  readonly port: string | null
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
}
type Answered = (error: unknown, body?: string, response?: unknown) => void

/** What strategies descended from passport-oauth2 have inside; they offer no other way to set it. */
interface OAuth2Inside {
  _stateStore: PendingLoginStore
  _oauth2: { _executeRequest: (library: unknown, options: RequestOptions, body: unknown, answered: Answered) => void }
  authorizationParams: (options: unknown) => Record<string, unknown>
}

/**
 * Makes an OAuth 2.0 strategy compare the state and prove that it asked for the code, whatever its options say, and send its
 * requests with a deadline. Other strategies are left as they are.
 *
 * @returns whether it is one
 */
export function guardOAuth2(strategy: Strategy, login: PendingLogin, http: ServiceHttp, { pkce = true } = {}): boolean {
  if (!('_oauth2' in strategy)) return false
  const inside = strategy as unknown as OAuth2Inside // has what only these have
  inside._stateStore = new PendingLoginStore(login)
  inside._oauth2._executeRequest = (library, options, body, answered) => {
    const origin = `${library === https ? 'https' : 'http'}://${options.host}${options.port ? `:${options.port}` : ''}`
    send(http, origin, options, body)
      .then(
        ({ status, text }) => {
          if (status >= 200 && status < 300) answered(null, text, { statusCode: status })
          else answered({ statusCode: status, data: text })
        },
        (error: unknown) => answered(error),
      )
      // A strategy that throws in there has lost its way to say so; the login ends with the deadline of its route.
      .catch(() => undefined)
  }
  if (pkce) {
    const others = inside.authorizationParams.bind(strategy)
    const challenge = createHash('sha256').update(login.verifier).digest('base64url')
    inside.authorizationParams = (options) => ({
      ...others(options),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
  }
  return true
}

async function send(http: ServiceHttp, origin: string, options: RequestOptions, body: unknown) {
  const { Host: _host, host: _own, 'Content-Length': _length, 'Content-length': _none, ...headers } = options.headers
  const answer = await http.fetch(`${origin}${options.path}`, {
    method: options.method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(options.method !== 'GET' && (typeof body === 'string' || Buffer.isBuffer(body)) ? { body } : {}),
    signal: AbortSignal.timeout(http.timeoutMs),
  })
  const text = await answer.text()
  // Strategies parse what they are given, and some let the error fly past everybody.
  const isUsable = options.method !== 'GET' || !answer.ok || isJson(text)
  return { status: isUsable ? answer.status : 502, text: isUsable ? text : '' }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
