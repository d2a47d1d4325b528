/**
 * How JupyterHub writes a route: percent-encoded, with a slash at the end (`/user/na%C3%AFve/`, and with host routing
 * `ada.example.org/user/ada/`). The proxy's own keys are decoded and end without one (`/user/naïve`).
 */
export type Routespec = string

/** Half of a surrogate pair, which no URL can hold. */
const loneSurrogate = /[\uD800-\uDFFF]/gu

/** The path of a route in the proxy's REST API, to be put behind `/api/routes`. */
export function routespecToApiPath(spec: Routespec): string {
  const path = encodeStray(spec.startsWith('/') ? spec : `/${spec}`)
  // A trailing slash is refused by configurable-http-proxy on DELETE; only the root keeps its.
  return path.replace(/\/+$/, '') || '/'
}

/** @param hostRouting - then the first segment is a host name, and the spec starts with it */
export function routespecFromKey(key: string, hostRouting = false): Routespec {
  const path = key.split('/').map(quoteSegment).join('/')
  const spec = path.endsWith('/') ? path : `${path}/`
  return hostRouting && spec !== '/' ? spec.replace(/^\//, '') : spec
}

/** One name as JupyterHub escapes it in a path: everything but unreserved characters and `@`. */
export function quoteSegment(name: string): string {
  return encodeURIComponent(name.replace(loneSurrogate, '\uFFFD'))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%40', '@')
}

/** Encodes what may not stand in a URL path and leaves the escapes that are there. */
function encodeStray(path: string): string {
  return path
    .replace(loneSurrogate, '\uFFFD')
    .replace(/%(?![0-9a-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/giu, (char) => {
      return char === '%' ? '%25' : encodeURIComponent(char)
    })
}
