import type { Target } from './target.js'

/** The URL of a request line as it is routed and as it is forwarded: one reading for both. */
export interface RequestUrl {
  /** Starts with a slash; escapes and runs of slashes as they were sent. */
  readonly path: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
}

// What a browser would send in just this form. Anything else takes the slow way.
const plainUrl = /^\/[A-Za-z0-9\-_~!$&'()*+,;=:@%/.]*(?:\?[A-Za-z0-9\-_~!$&'()*+,;=:@%/?.[\]|^]*)?$/
const dotSegment = /\/(?:\.|%2e)/i

/**
 * Reads a request target like a browser reads an address: dot segments are resolved, `\` is `/`, the fragment is cut
 * off, `{ } " < >` and backtick are encoded. The origin of an absolute-form target is dropped.
 *
 * @returns undefined when it cannot be read as a URL at all
 */
export function parseRequestUrl(url: string): RequestUrl | undefined {
  if (plainUrl.test(url)) {
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    if (!dotSegment.test(path)) return { path, query: mark < 0 ? '' : url.slice(mark + 1) }
  }
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
  // "//a/b" would be read as host and path; put behind an origin it stays the path that is forwarded.
  const text = absolute ? url : `http://x${/^[/\\]/.test(url) ? '' : '/'}${url}`
  try {
    const { pathname, search } = new URL(text)
    return { path: pathname === '' ? '/' : pathname, query: search.slice(1) }
  } catch {
    return undefined
  }
}

/** What is asked of the target: its path and query first, then those of the request. */
export function joinTargetUrl(target: Target, { path, query }: RequestUrl): string {
  const joined = target.basePath === '' ? path : target.basePath + path
  if (target.baseQuery === '') return query === '' ? joined : `${joined}?${query}`
  return `${joined}?${target.baseQuery}${query === '' ? '' : `&${query}`}`
}

/**
 * Cuts a route's prefix off a raw path, counting in decoded characters, for the route was found in the decoded path.
 *
 * @param prefix - decoded, `/user/ada`, no slash at its end
 */
export function stripPrefix(path: string, prefix: string): string {
  // Slashes in front do not count in the search for a route, so they do not count here.
  let raw = /^(?:\/|%2f)*(?=\/|%2f)/i.exec(path)?.[0].length ?? 0
  for (let decoded = 0; decoded < prefix.length && raw < path.length;) {
    if (path[raw] !== '%') {
      raw++
      decoded++
      continue
    }
    const run = /^(?:%[0-9a-f]{2})/i.exec(path.slice(raw, raw + 3)) ? utf8RunLength(path, raw) : 1
    const text = run === 1 ? '%' : decodeURIComponent(path.slice(raw, raw + run))
    raw += run
    decoded += text.length
  }
  const rest = path.slice(raw)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** How many raw characters (`%E7%A7%80`: 9) stand for the one character that begins at `at`. */
function utf8RunLength(path: string, at: number): number {
  const first = Number.parseInt(path.slice(at + 1, at + 3), 16)
  const bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  return bytes * 3
}
