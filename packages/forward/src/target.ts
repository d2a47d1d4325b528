import { CodedError } from '@hub/api/base'

/** A place requests are forwarded to, parsed once. */
export interface Target {
  /** As it was given. */
  readonly url: string
  /** TLS towards the target. */
  readonly secure: boolean
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string }
  /** `host`, or `host:port` when the port is not the scheme's own; what a request for it says as `Host`. */
  readonly authority: string
  /** Path put before that of a request: `/base`, or nothing; no slash at its end. */
  readonly basePath: string
  /** Query put before that of a request, without the question mark. */
  readonly baseQuery: string
  /** Targets with the same key share connections. */
  readonly poolKey: string
}

/** A route was given a target nothing can be forwarded to. */
export class TargetUrlError extends CodedError {
  override readonly name = 'TargetUrlError'
  constructor(url: string, reason: string) {
    super('target_url_unusable', 500, `Cannot forward to '${withoutCredentials(url)}': ${reason}`)
  }
}

const unixUrl = /^(?:http\+unix|unix\+http):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?/i

/**
 * @param url - `http:`, `https:`, or `http+unix://%2Fpath%2Fof.sock/base`; credentials in it are ignored
 * @throws {@link TargetUrlError}
 */
export function parseTarget(url: string): Target {
  const unix = unixUrl.exec(url)
  if (unix) return unixTarget(url, unix)
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new TargetUrlError(url, `it is not a URL (${cause instanceof Error ? cause.message : String(cause)}).`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TargetUrlError(url, `its scheme is '${parsed.protocol}'; use http:, https: or http+unix:.`)
  }
  const secure = parsed.protocol === 'https:'
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port)
  return {
    url,
    secure,
    address: { host: parsed.hostname.replace(/^\[|\]$/g, ''), port },
    authority: parsed.host,
    basePath: parsed.pathname.replace(/\/$/, ''),
    baseQuery: parsed.search.slice(1),
    poolKey: parsed.origin,
  }
}

function unixTarget(url: string, [, encoded = '', path = '', query = '']: RegExpExecArray): Target {
  let socketPath: string
  try {
    socketPath = decodeURIComponent(encoded)
  } catch {
    throw new TargetUrlError(url, 'the path of the socket is not percent-encoded correctly.')
  }
  // Read like any other URL, so that nothing in it can end the request line early.
  const { pathname, search } = new URL(`http://localhost${path}?${query}`)
  return {
    url,
    secure: false,
    address: { path: socketPath },
    authority: 'localhost',
    basePath: pathname.replace(/\/$/, ''),
    baseQuery: search.slice(1),
    poolKey: `unix:${socketPath}`,
  }
}

/** A URL as it may be shown: name and password before the host are masked. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//***@')
}
