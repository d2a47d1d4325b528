/** Where the browser thinks it is. */
export interface OwnOrigin {
  readonly protocol: 'http' | 'https'
  /** With port, as in the `Host` header or the public URL. */
  readonly host: string
  /** Host of `subdomain_host`, with port; it and all hosts below are ours. */
  readonly subdomainHost?: string | undefined
}

/**
 * Turns the argument `next` into a path on this origin that is safe to redirect to; undefined if there is none in it.
 * Browsers read `\` as `/`, drop tabs and line breaks, and take `//` for the start of a host; all three are disarmed here.
 */
export function safeNextUrl(next: string, own: OwnOrigin): string | undefined {
  const text = next
    .replace(/^[\0- ]+|[\t\n\r]/g, '')
    .replaceAll('\\', '%5C')
    .replace(/^\/{3,}/, '//')
  const url = splitUrl(text)
  if (isOwn(text, url.authority, own)) return `/${url.path.replace(/^\/+/, '')}${url.query}${url.fragment}`
  return text.startsWith('/') && !text.startsWith('//') ? text : undefined
}

export interface DefaultTarget {
  /** What the page itself wants as default. */
  readonly pageDefault?: string | undefined
  /** `default_url`, or what it returned for this request; empty means unset. */
  readonly configured?: string | undefined
  readonly hubPrefix: string
  /** Undefined for those who are not logged in. */
  readonly user?: { readonly serverUrl: string; readonly isServerActive: boolean } | undefined
  /** `redirect_to_server` */
  readonly redirectToServer: boolean
  /** Arguments of the current request; they are handed on. */
  readonly query: URLSearchParams
}

/** Where to go when no `next` was given, or none that is safe. */
export function defaultNextUrl(target: DefaultTarget): string {
  const { pageDefault, configured, hubPrefix, user, redirectToServer, query } = target
  const home = `${hubPrefix}home`
  const ownServer = user?.isServerActive ? user.serverUrl : `${hubPrefix}spawn`
  return withQuery(pageDefault || configured || (user && redirectToServer ? ownServer : home), query)
}

/** Adds the arguments of a request to `url`, but not those that were meant for the hub. */
export function withQuery(url: string, query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => name !== 'next' && name !== '_xsrf'))
  if (kept.size === 0) return url
  const { fragment } = splitUrl(url)
  const bare = fragment ? url.slice(0, -fragment.length) : url
  return `${bare}${bare.includes('?') ? '&' : '?'}${kept.toString()}${fragment}`
}

interface UrlParts {
  readonly authority: string | undefined
  readonly path: string
  /** With its `?`. */
  readonly query: string
  /** With its `#`. */
  readonly fragment: string
}

// RFC 3986, appendix B. The URL class would resolve dots and escape, and knows no URL without scheme.
function splitUrl(text: string): UrlParts {
  const found = /^(?:[^:/?#]+:)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(text)
  const [, authority, path = '', query = '', fragment = ''] = found ?? []
  return { authority, path, query, fragment }
}

function isOwn(text: string, authority: string | undefined, { protocol, host, subdomainHost }: OwnOrigin): boolean {
  const closed = `${text}/`
  if (closed.startsWith(`${protocol}://${host}/`) || closed.startsWith(`//${host}/`)) return true
  return Boolean(subdomainHost && authority && `.${authority}`.endsWith(`.${subdomainHost}`))
}
