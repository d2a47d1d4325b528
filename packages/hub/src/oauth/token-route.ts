import { type Log } from '@hub/api'
import type { PageRoute } from '../http/page.js'
import { publicError } from '../http/hub-error.js'
import type { Reply } from '../http/reply.js'
import type { XsrfGuard } from '../http/xsrf-guard.js'
import { exchangeCode, type ExchangeCodeDeps } from './exchange-code.js'
import { TokenError } from './oauth-errors.js'
import { tokenRequest } from './token-request.js'

export interface TokenRouteDeps extends ExchangeCodeDeps {
  readonly xsrf: XsrfGuard
  readonly log: Log
}

const headers = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

/** `POST {hub}api/oauth2/token`: answers JSON whatever happens, though it lives among the pages for its form body. */
export function tokenRoute(deps: TokenRouteDeps): PageRoute {
  return {
    methods: ['get', 'post', 'put', 'patch', 'delete'],
    paths: ['/api/oauth2/token'],
    visitor: 'anyone',
    isForPrograms: true,
    credentials: 'any',
    xsrf: 'by-route',
    run: async ({ exchange }) => {
      const { method } = exchange.facts
      try {
        if (method !== 'POST') return failure(405, { status: 405, message: 'Method Not Allowed' })
        await deps.xsrf.check(exchange, 'api')
        const issued = await exchangeCode(tokenRequest(await exchange.form()), deps)
        return { status: 200, json: issued, headers }
      } catch (error) {
        if (error instanceof TokenError) return refusal(error)
        const told = publicError(error)
        if (told.status >= 500) deps.log.error('request failed', { method, path: exchange.facts.path, error })
        return failure(told.status, { status: told.status, message: told.message })
      }
    },
  }
}

function refusal({ error, description, status }: TokenError): Reply {
  const challenge = error === 'invalid_client' ? { 'WWW-Authenticate': `Bearer error="${error}"` } : {}
  const json = description === undefined ? { error } : { error, error_description: description }
  return { status, json, headers: { ...headers, ...challenge } }
}

const failure = (status: number, body: object): Reply => ({ status, json: body, headers })
