import type { Log } from '@hub/api'
import { scrubUrl } from '../http/access-log.js'
import type { Exchange } from '../http/exchange.js'
import { type HubUrls, serverUrl } from '../hub-urls.js'
import { defaultNextUrl, type OwnOrigin, safeNextUrl } from './next-url.js'

export interface NextTargetDeps {
  readonly urls: HubUrls
  /** Host of `subdomain_host`, with port. */
  readonly subdomainHost?: string | undefined
  /** `default_url`, or what the configured function returns for this request; empty: unset. */
  readonly defaultUrl: (exchange: Exchange) => Promise<string> | string
  /** `redirect_to_server` */
  readonly redirectToServer: boolean
  /** Whether the default server of the user runs, or is on its way. */
  readonly isDefaultServerActive: (userId: number) => Promise<boolean> | boolean
  readonly log: Log
}

/** Where a browser goes when a page has done its work. */
export class NextTarget {
  constructor(private readonly deps: NextTargetDeps) {}

  /** `next` of the request as a path on this hub's origin; undefined when there is none, or none that is safe. */
  asked({ facts }: Exchange): string | undefined {
    const next = facts.query.get('next') ?? ''
    return next === '' ? undefined : this.safe(facts, next)
  }

  /** A URL that came from a browser as a path on this hub's origin; undefined when it leads elsewhere. */
  safe(facts: Exchange['facts'], next: string): string | undefined {
    const safe = safeNextUrl(next, this.#ownOrigin(facts))
    if (safe === undefined)
      this.deps.log.warn('Disallowing redirect outside JupyterHub', { next: scrubUrl(next).slice(0, 200) })
    return safe
  }

  /** {@link asked}, or else the first default there is: the page's, `default_url`, the user's server, the home page. */
  async of(
    exchange: Exchange,
    user: { readonly id: number; readonly name: string } | undefined,
    pageDefault?: string,
  ): Promise<string> {
    const asked = this.asked(exchange)
    if (asked !== undefined) return asked
    const { urls, defaultUrl, redirectToServer, isDefaultServerActive } = this.deps
    const configured = pageDefault === undefined ? await defaultUrl(exchange) : ''
    const isServerWanted = !pageDefault && !configured && redirectToServer && user !== undefined
    return defaultNextUrl({
      pageDefault,
      configured,
      hubPrefix: urls.hubPrefix,
      user: isServerWanted
        ? { serverUrl: serverUrl(urls, user.name, ''), isServerActive: await isDefaultServerActive(user.id) }
        : undefined,
      redirectToServer,
      query: exchange.facts.query,
    })
  }

  #ownOrigin(facts: Exchange['facts']): OwnOrigin {
    const { urls, subdomainHost } = this.deps
    if (urls.publicOrigin === '') return { protocol: facts.protocol, host: facts.host, subdomainHost }
    const { protocol, host } = new URL(urls.publicOrigin)
    return { protocol: protocol === 'https:' ? 'https' : 'http', host, subdomainHost }
  }
}
