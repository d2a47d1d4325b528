/** The key of a route: a slash first, none at the end, nothing escaped. `/` is the root. */
export type RouteKey = string

export function routeKey(path: string): RouteKey {
  return `/${path.replace(/^\/+|\/+$/g, '')}`
}

/** The first segment of a key: with host routing, the host. */
export function hostOfKey(key: RouteKey): string | undefined {
  return key === '/' ? undefined : key.slice(1).split('/', 1)[0]
}

/** A key with its host in lower case, as host names are compared. */
export function lowerHost(key: RouteKey): RouteKey {
  const host = hostOfKey(key)
  return host === undefined ? key : `/${host.toLowerCase()}${key.slice(1 + host.length)}`
}

/**
 * The host name by which routes are chosen: `Host` without its port, in lower case, without the dot that may end a
 * name; an IPv6 address keeps its brackets.
 */
export function hostSegment(host: string | undefined): string {
  if (host === undefined) return ''
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':', 1)[0] ?? '')
  return name.toLowerCase().replace(/\.$/, '')
}

/** @returns undefined for a malformed escape */
export function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
