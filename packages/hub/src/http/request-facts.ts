import type { IncomingMessage } from 'node:http'
import { parseCookie } from 'cookie'

/** What the hub needs to know of a request, read once; nothing here has been authenticated. */
export interface RequestFacts {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  /** Raw path without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** Scheme the browser used, through however many proxies. */
  readonly protocol: 'http' | 'https'
  readonly host: string
  /** Address of the client, proxies that are trusted left out. */
  readonly ip: string
  readonly cookies: Readonly<Record<string, string | undefined>>
}

export function requestFacts(request: IncomingMessage, trustedDownstreamIps: ReadonlySet<string>): RequestFacts {
  const url = originalUrl(request)
  const queryAt = url.indexOf('?')
  return {
    method: request.method ?? 'GET',
    url,
    path: queryAt === -1 ? url : url.slice(0, queryAt),
    // It would drop a second question mark as if it were the first.
    query: new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt + 1).replace(/^\?/, '%3F')),
    headers: request.headers,
    protocol: browserProtocol(request),
    host: request.headers.host ?? 'localhost',
    ip: clientIp(request, trustedDownstreamIps),
    cookies: request.headers.cookie === undefined ? {} : parseCookie(request.headers.cookie),
  }
}

/** Express rewrites `url` while it descends into routers and keeps what was sent in `originalUrl`. */
function originalUrl(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '/'
}

/** `Forwarded: proto=` of the first hop, else X-Scheme, else X-Forwarded-Proto's first value, else the connection. */
export function browserProtocol(request: IncomingMessage): 'http' | 'https' {
  const forwarded = /(?:^|;)\s*proto="?([a-z]+)/i.exec(single(request.headers.forwarded)?.split(',')[0] ?? '')?.[1]
  const scheme =
    forwarded ?? single(request.headers['x-scheme']) ?? single(request.headers['x-forwarded-proto'])?.split(',')[0]
  if (scheme !== undefined) return scheme.trim().toLowerCase() === 'https' ? 'https' : 'http'
  return 'encrypted' in request.socket ? 'https' : 'http'
}

/** The last address of X-Forwarded-For that is not one of our own fronts, as the proxy appended it. */
function clientIp(request: IncomingMessage, trusted: ReadonlySet<string>): string {
  const direct = stripMapped(request.socket.remoteAddress ?? '')
  const forwarded = single(request.headers['x-forwarded-for'])
  const hops = forwarded === undefined ? [] : forwarded.split(',').map((hop) => stripMapped(hop.trim()))
  for (const hop of hops.reverse()) if (hop !== '' && !trusted.has(hop)) return hop
  return single(request.headers['x-real-ip']) ?? direct
}

const stripMapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
