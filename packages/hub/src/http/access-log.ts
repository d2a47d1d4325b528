import type { Log } from '@hub/api'
import { type Exchange } from './exchange.js'
import { visitorName } from './visitor.js'

const secretKey = /token|auth|key|code|state|nonce|_xsrf/i

/** A URL fit for the log: values of query parameters that may be secrets are replaced. */
export function scrubUrl(url: string): string {
  const withoutPathSecret = url.replace(/(\/api\/authorizations\/(?:cookie|token)\/)[^?]*/, '$1[secret]')
  const queryAt = withoutPathSecret.indexOf('?')
  if (queryAt === -1) return withoutPathSecret
  const query = withoutPathSecret
    .slice(queryAt + 1)
    .split('&')
    .map(scrubPair)
  return `${withoutPathSecret.slice(0, queryAt)}?${query.join('&')}`
}

function scrubPair(pair: string): string {
  const equals = pair.indexOf('=')
  if (equals === -1) return pair
  const [key, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
  if (secretKey.test(key)) return `${key}=[secret]`
  // A URL in a URL, such as `next` of the login page, may have secrets of its own.
  const inner = decoded(value)
  return inner.includes('?') ? `${key}=${encodeURIComponent(scrubUrl(inner))}` : pair
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Request headers fit for the log: of Authorization the scheme, of cookies the names. */
export function scrubHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const scrubbed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const text = [value ?? ''].flat().join(', ')
    if (name === 'authorization') scrubbed[name] = `${text.split(/\s/, 1)[0] ?? ''} [secret]`
    else if (name === 'cookie') scrubbed[name] = text.replace(/=[^;]*/g, '=[secret]')
    else if (name === 'referer') scrubbed[name] = scrubUrl(text)
    else scrubbed[name] = /token|secret|xsrf/i.test(name) ? '[secret]' : text
  }
  return scrubbed
}

/**
 * Writes the line of a request whose response is finished, or was broken off.
 *
 * @param ms - how long it took
 */
export function logRequest(exchange: Exchange, log: Log, ms: number): void {
  const { response, facts } = exchange
  const status = response.statusCode
  const location = response.getHeader('location')
  const target = typeof location === 'string' ? ` -> ${scrubUrl(location)}` : ''
  const who = `${visitorName(exchange.visitor)}@${facts.ip}`
  const line = `${status} ${facts.method} ${scrubUrl(facts.url)}${target} (${who}) ${ms.toFixed(2)}ms`
  if (status >= 500) {
    if (status !== 502 && status !== 503) log.error('headers of the failed request', scrubHeaders(facts.headers))
    log.error(line)
  } else if (status >= 400) log.warn(line)
  else if (ms <= 1_000 && isQuiet(status, facts.path)) log.debug(line)
  else log.info(line)
}

/** What would drown the rest: probes, static files and unchanged answers. */
function isQuiet(status: number, path: string): boolean {
  return status === 304 || path.endsWith('/health') || path.includes('/hub/static/') || path.endsWith('/hub/logo')
}
