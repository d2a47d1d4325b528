import type { Endpoint, ParamsOf } from './endpoint.js'

/** Finds the parameters in a raw (still percent-encoded) path below the API prefix. */
export type PathMatcher = (rawPath: string) => Readonly<Record<string, string>> | undefined

/**
 * Compiles the paths of an endpoint. Segments are matched on the raw path and decoded afterwards, so that `%2F` arrives
 * as a slash inside a name; a broken escape matches nothing.
 */
export function pathMatcher(endpoint: Endpoint): PathMatcher {
  const templates = endpoint.alsoAt === undefined ? [endpoint.path] : [endpoint.path, endpoint.alsoAt]
  const patterns = templates.map((template) => new RegExp(`^${patternOf(template, endpoint.emptyParams)}$`))
  const names = paramNames(endpoint.path)
  return (rawPath) => {
    for (const pattern of patterns) {
      const found = pattern.exec(rawPath)
      if (!found) continue
      try {
        return Object.fromEntries(names.map((name) => [name, decodeURIComponent(found.groups?.[name] ?? '')]))
      } catch {
        return undefined
      }
    }
    return undefined
  }
}

/** The path of a request to `endpoint`, with its parameters escaped. */
export function buildPath<E extends Endpoint>(endpoint: E, params: ParamsOf<E>): string {
  const values: Readonly<Record<string, string>> = params
  return endpoint.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = values[name] ?? ''
    if (value === '' && !endpoint.emptyParams.includes(name)) {
      throw new TypeError(`${endpoint.name} needs a value for its parameter "${name}".`)
    }
    return escapeName(value)
  })
}

/** What the scopes of a request to `endpoint` are checked against, as it stands after the `!` of a scope. */
export function endpointFilter(
  endpoint: Endpoint,
  params: Readonly<Record<string, string>>,
): { readonly kind: 'user' | 'server' | 'group' | 'service'; readonly value: string } | undefined {
  const user = params['user'] ?? params['owner'] ?? ''
  switch (endpoint.filter) {
    case 'none':
      return undefined
    case 'user':
      return { kind: 'user', value: user }
    case 'server':
      return { kind: 'server', value: `${user}/${params['server'] ?? ''}` }
    case 'group':
    case 'service':
      return { kind: endpoint.filter, value: params[endpoint.filter] ?? '' }
  }
}

/** Percent-encodes a name for a URL the way the hub does: letters, digits, `_.-~` and `@` stay. */
export function escapeName(name: string): string {
  return encodeURIComponent(name).replace(/%40|[!'()*]/g, (text) =>
    text === '%40' ? '@' : `%${text.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

export function paramNames(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((found) => found[1] ?? '')
}

function patternOf(template: string, emptyParams: readonly string[]): string {
  return template
    .split('/')
    .map((segment) => {
      if (!segment.startsWith(':')) return segment.replace(/[^\w-]/g, '\\$&')
      const name = segment.slice(1)
      return `(?<${name}>[^/]${emptyParams.includes(name) ? '*' : '+'})`
    })
    .join('/')
}
