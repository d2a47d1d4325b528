import type { Authenticator, LoginRoute, LoginRouteRequest } from '@hub/authenticator'
import { AuthenticationError } from '@hub/authenticator'
import type { Exchange } from '../http/exchange.js'
import type { PageRoute } from '../http/page.js'
import type { Reply } from '../http/reply.js'
import type { HubUrls } from '../hub-urls.js'
import { abortable, withDeadline } from '../servers/deadline.js'
import { HubError } from '../http/hub-error.js'
import type { LoginFlow } from './login-flow.js'
import type { LoginPage } from './login-page.js'
import { formRecord, loginRequest, publicUrl } from './login-request.js'
import type { NextTarget } from './next-target.js'
import type { SealedCookies } from './sealed-cookies.js'

export interface AuthenticatorRoutesDeps {
  readonly authenticator: Authenticator
  readonly urls: HubUrls
  readonly flow: LoginFlow
  readonly page: LoginPage
  readonly next: NextTarget
  readonly sealedCookies: SealedCookies
}

/** Longest wait for a route of an authenticator, which may talk to the login service. */
const routeTimeoutMs = 60_000

/** The authenticator's own pages; they come before those of the hub. */
export function authenticatorRoutes(deps: AuthenticatorRoutesDeps): readonly PageRoute[] {
  const routes = deps.authenticator.routes()
  const hasForeignForms = routes.some((route) => route.fromOtherSite === true)
  return routes.map((route) => ({
    methods: [route.method === 'GET' ? 'get' : 'post'],
    paths: [route.path],
    visitor: 'anyone',
    xsrf: route.fromOtherSite === true ? 'by-route' : 'checked',
    run: ({ exchange }) => answer(exchange, route, hasForeignForms, deps),
  }))
}

async function answer(
  exchange: Exchange,
  route: LoginRoute,
  hasForeignForms: boolean,
  deps: AuthenticatorRoutesDeps,
): Promise<Reply> {
  const { flow, next, page } = deps
  const request = await routeRequest(exchange, hasForeignForms, deps)
  using deadline = withDeadline(exchange.gone, routeTimeoutMs, routeTookTooLong)
  const response = await abortable(route.handle(request, deadline.signal), deadline.signal)
  switch (response.kind) {
    case 'redirect':
      return { redirect: response.location }
    case 'reply':
      return { status: response.status, text: response.body, headers: response.headers }
    case 'failed':
      return await page.again(exchange, new AuthenticationError(response.message, response.status), '')
    case 'authenticated': {
      const result = await flow.logInAs(exchange, request, response.result)
      if (result.kind === 'refused') return await page.refused(exchange, '', response.refusal)
      const asked = response.next === undefined ? undefined : next.safe(exchange.facts, response.next)
      return { redirect: asked ?? (await next.of(exchange, result.user)) }
    }
  }
}

async function routeRequest(
  exchange: Exchange,
  hasForeignForms: boolean,
  { next, sealedCookies, urls }: AuthenticatorRoutesDeps,
): Promise<LoginRouteRequest> {
  const { facts } = exchange
  const form = facts.method === 'POST' ? formRecord(await exchange.form()) : undefined
  return {
    ...loginRequest(exchange, form),
    next: next.asked(exchange),
    publicUrl: (path) => publicUrl(exchange, urls, path),
    setSealedCookie: (name, value, maxAgeSeconds) => {
      sealedCookies.set(exchange, name, value, maxAgeSeconds, hasForeignForms)
    },
    takeSealedCookie: (name) => sealedCookies.take(exchange, name),
  }
}

const routeTookTooLong = (): HubError =>
  new HubError('login_timeout', 503, 'The login service did not answer in time. Try again in a moment.')
