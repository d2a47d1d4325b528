import type { Authenticator } from '@hub/authenticator'
import { firstText } from '../http/form-body.js'
import type { Exchange } from '../http/exchange.js'
import { forbidden } from '../http/hub-error.js'
import type { PageCall, PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import { XsrfError, type XsrfGuard } from '../http/xsrf-guard.js'
import type { HubUrls } from '../hub-urls.js'
import type { LoginFlow } from './login-flow.js'
import type { LoginPage } from './login-page.js'
import { formRecord } from './login-request.js'
import type { NextTarget } from './next-target.js'

export interface LoginRoutesDeps {
  readonly authenticator: Authenticator
  readonly urls: HubUrls
  readonly flow: LoginFlow
  readonly page: LoginPage
  readonly next: NextTarget
  readonly xsrf: XsrfGuard
}

/** `GET` and `POST {hub}login`. */
export function loginRoutes(deps: LoginRoutesDeps): readonly PageRoute[] {
  const page = { paths: ['/login'], visitor: 'anyone', xsrf: 'by-route' } as const
  return [
    { ...page, methods: ['get'], run: (call: PageCall) => showLogin(call, deps) },
    { ...page, methods: ['post'], run: (call: PageCall) => submitLogin(call, deps) },
  ]
}

/** Where somebody who is not logged in is sent, to come back to where they were afterwards. */
export function loginUrl(
  { facts }: Exchange,
  { authenticator, urls }: Pick<LoginRoutesDeps, 'authenticator' | 'urls'>,
): string {
  const isAuthorize = facts.path === `${urls.hubPrefix}api/oauth2/authorize`
  const isDirect = isAuthorize && authenticator.config.auto_login_oauth2_authorize
  return withNext(isDirect ? authenticator.loginUrl(urls.hubPrefix) : `${urls.hubPrefix}login`, facts.url)
}

async function showLogin({ exchange, visitor }: PageCall, deps: LoginRoutesDeps): Promise<Reply> {
  const { authenticator, urls, next, page } = deps
  if (visitor.kind === 'user') return { redirect: await next.of(exchange, visitor.user) }
  if (!authenticator.hasLoginPage) throw noLoginPage()
  if (authenticator.config.auto_login) return autoLogin(exchange, deps)
  const username = exchange.facts.query.get('username') ?? ''
  return page.reply(exchange, username === '' ? {} : { username })

  async function autoLogin(exchange: Exchange, { flow }: LoginRoutesDeps): Promise<Reply> {
    const url = authenticator.loginUrl(urls.hubPrefix)
    if (url !== `${urls.hubPrefix}login`) {
      const asked = next.asked(exchange)
      return { redirect: asked === undefined ? url : withNext(url, asked) }
    }
    const result = await flow.logIn(exchange, undefined)
    // The page would only send the browser here again.
    if (result.kind === 'refused') throw forbidden('You are not allowed in here.', 'login_refused')
    return { redirect: await next.of(exchange, result.user) }
  }
}

async function submitLogin(
  { exchange }: PageCall,
  { authenticator, flow, next, page, xsrf }: LoginRoutesDeps,
): Promise<Reply> {
  if (!authenticator.hasLoginPage) throw noLoginPage()
  let username = ''
  try {
    const fields = await exchange.form()
    username = firstText(fields, 'username')?.trim() ?? ''
    assertOwnForm(exchange)
    await xsrf.check(exchange, 'page')
    const result = await flow.logIn(exchange, formRecord(fields))
    if (result.kind === 'in') return { redirect: await next.of(exchange, result.user) }
  } catch (error) {
    return page.again(exchange, error, username)
  }
  return page.refused(exchange, username)
}

/**
 * The token of somebody not logged in is good in any browser of the same kind at the same address, and a neighbouring host may
 * set it as a cookie there: so that nobody is logged in as somebody else, the browser itself must not say that another
 * site, or another host of this one, has sent the form.
 */
function assertOwnForm({ facts }: Exchange): void {
  const site = facts.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new XsrfError('The login form was sent by a page of another site.')
}

const withNext = (url: string, next: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}`

const noLoginPage = () => forbidden('Nobody can log in here with a browser; use a token.', 'login_unavailable')
