import { encodeForPath } from '@hub/api'
import type { Exchange } from '../http/exchange.js'
import { HubError, publicError } from '../http/hub-error.js'
import type { PageRoute } from '../http/page.js'
import type { HubUrls } from '../hub-urls.js'
import type { NextTarget } from '../login/next-target.js'
import type { HubPages } from './hub-pages.js'
import { languageFor, translate } from './messages/languages.js'

export interface OtherPagesDeps {
  readonly urls: HubUrls
  readonly pages: HubPages
  readonly next: NextTarget
  readonly defaultUrl: (exchange: Exchange) => Promise<string> | string
  readonly loginUrl: (exchange: Exchange) => string
  readonly userRedirectHook:
    ((path: string, request: unknown, user: unknown, baseUrl: string) => string | null | Promise<string | null>) | null
  /** Named server that shared links lead to; empty: the default server. */
  readonly defaultServerName: string
}

/** Where people land, links made for everybody, and pages for errors of the proxy. */
export function otherPages(deps: OtherPagesDeps): PageRoute[] {
  const { urls } = deps
  return [
    {
      methods: ['get'],
      paths: ['/'],
      visitor: 'anyone',
      run: async ({ visitor, exchange }) => {
        if (visitor.kind === 'user') return { redirect: await deps.next.of(exchange, visitor.user) }
        const configured = await deps.defaultUrl(exchange)
        return { redirect: configured === '' ? deps.loginUrl(exchange) : configured }
      },
    },
    {
      methods: ['get'],
      paths: ['/user-redirect', '/user-redirect/', '/user-redirect/*path'],
      visitor: 'user',
      run: async ({ params, visitor, exchange }) => {
        const { facts } = exchange
        const path = params['path'] ?? ''
        const decided = await deps.userRedirectHook?.(path, facts, visitor.user, urls.baseUrl)
        if (typeof decided === 'string' && decided !== '') return { redirect: decided }
        const server = deps.defaultServerName === '' ? '' : `${encodeForPath(deps.defaultServerName)}/`
        const raw = facts.path.slice(`${urls.hubPrefix}user-redirect`.length).replace(/^\//, '')
        const query = facts.query.size === 0 ? '' : facts.url.slice(facts.url.indexOf('?'))
        const target = `${urls.baseUrl}user/${encodeForPath(visitor.user.name)}/${server}${raw}${query}`
        const spawn = `${urls.hubPrefix}spawn/${encodeForPath(visitor.user.name)}${server === '' ? '' : `/${server.slice(0, -1)}`}`
        return { redirect: `${spawn}?next=${encodeURIComponent(target)}` }
      },
    },
    {
      methods: ['get'],
      paths: ['/error/:status'],
      visitor: 'anyone',
      run: async ({ params, exchange }) => {
        const asked = Number(params['status'])
        const status = asked >= 400 && asked <= 599 ? asked : 500
        const error = publicError(new HubError('proxy_error', status))
        const { pages: texts } = languageFor(exchange.facts.headers['accept-language'])
        const link = `<a href="${urls.hubPrefix}home">${translate(texts, 'from the hub')}</a>`
        const hint =
          status === 503
            ? `<p>${translate(texts, 'Your server appears to be down. Try restarting it %(link)s.', { link })}</p>`
            : undefined
        // The proxy answers with the status itself; this is just the text.
        return { status: 200, html: await deps.pages.renderError(exchange, error, hint) }
      },
    },
  ]
}
