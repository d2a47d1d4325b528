import passport from 'passport'
import type { LoginRequest } from '../contract.js'

/** What a strategy made of a request. */
export type StrategyOutcome<User> =
  | { readonly kind: 'user'; readonly user: User; readonly info: unknown }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused'; readonly info: unknown }

/** Any strategy of passport's. */
export type Strategy = passport.Strategy

/** The request as strategies know it, which were written for express. */
export interface StrategyRequest {
  readonly method: string
  readonly url: string
  readonly originalUrl: string
  readonly headers: LoginRequest['headers']
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly body: Readonly<Record<string, string>>
  readonly ip: string
  get(name: string): string | undefined
}

/**
 * Has one strategy judge one request, through passport's own middleware and without a session: what a browser keeps is the hub's.
 *
 * @param options - for `passport.authenticate`, such as `scope`
 */
export function runStrategy<User>(
  strategy: Strategy,
  request: StrategyRequest,
  options: Readonly<Record<string, unknown>> = {},
): Promise<StrategyOutcome<User>> {
  const authenticator = new passport.Passport()
  const name = 'hub'
  authenticator.use(name, strategy)
  return new Promise((resolve, reject) => {
    const done = (error: unknown, user: User | false | null | undefined, info: unknown): void => {
      if (error !== null && error !== undefined) reject(asError(error))
      else if (user === false || user === null || user === undefined) resolve({ kind: 'refused', info })
      else resolve({ kind: 'user', user, info })
    }
    // Strategies that send the browser away write a redirect into the response.
    const headers = new Map<string, string>()
    const response = {
      statusCode: 200,
      setHeader: (header: string, value: unknown) => void headers.set(header.toLowerCase(), String(value)),
      end: () => {
        const location = headers.get('location')
        if (location !== undefined) resolve({ kind: 'redirect', location })
        else resolve({ kind: 'refused', info: undefined })
      },
    }
    // Passport's types speak of express; this is all it uses of it.
    const middleware = authenticator.authenticate(name, { ...options, session: false }, done) as unknown as (
      request: StrategyRequest,
      response: object,
      next: (error?: unknown) => void,
    ) => void
    middleware(request, response, (error) => {
      // A strategy that lets the request pass has logged in nobody.
      if (error === undefined) resolve({ kind: 'refused', info: undefined })
      else reject(asError(error))
    })
  })
}

export function strategyRequest(request: LoginRequest): StrategyRequest {
  const query = Object.entries(request.query).map(([name, values]) => [name, values.length === 1 ? values[0] : values])
  return {
    method: request.method,
    url: request.url,
    originalUrl: request.url,
    headers: request.headers,
    // A list of one is the one; JSON's types do not say so.
    query: Object.fromEntries(query) as Record<string, string | readonly string[]>,
    body: { ...request.form },
    ip: request.remoteAddress,
    get: (name) => {
      const value = request.headers[name.toLowerCase()]
      return Array.isArray(value) ? value[0] : value
    },
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
