import type { Target } from './target.js'

export interface LocationRules {
  /** Put the client's `Host` in. */
  readonly autoRewrite: boolean
  /** Put this scheme in. */
  readonly protocolRewrite: string | undefined
  readonly isActive: boolean
}

export function locationRules(autoRewrite: boolean, protocolRewrite: string | undefined): LocationRules {
  return { autoRewrite, protocolRewrite, isActive: autoRewrite || protocolRewrite !== undefined }
}

/** Upstream's list, which leaves out 303. */
const rewrittenStatuses: ReadonlySet<number> = new Set([201, 301, 302, 307, 308])

/** A `Location` that names the target itself becomes one the client can reach; any other stays. */
export function rewriteLocation(
  location: string,
  status: number,
  target: Target,
  clientHost: string | undefined,
  rules: LocationRules,
): string {
  if (!rewrittenStatuses.has(status) || !URL.canParse(location)) return location
  const url = new URL(location)
  if (url.host !== target.authority) return location
  if (rules.autoRewrite && clientHost !== undefined) {
    // Setting `host` keeps the old port when the new one has none.
    url.port = ''
    url.host = clientHost
  }
  if (rules.protocolRewrite !== undefined) url.protocol = rules.protocolRewrite
  return url.href
}
