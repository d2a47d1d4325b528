import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { TrustedProxies } from './trusted-proxies.js'

/**
 * What becomes of the `X-Forwarded-*` headers a client sends. `append`: ours come behind them; `replace`: ours only;
 * `keep`: they are left alone.
 */
export type ForwardedMode = 'append' | 'replace' | 'keep'

export interface ForwardedRules {
  readonly mode: ForwardedMode
  /** Whose headers are believed. Those of all others are replaced; without a list everybody is believed. */
  readonly trusted?: TrustedProxies | undefined
}

/** What holds for this request. */
export function forwardedMode({ socket }: IncomingMessage, { mode, trusted }: ForwardedRules): ForwardedMode {
  return trusted === undefined || trusted.includes(socket) ? mode : 'replace'
}

/** Besides `X-Forwarded-*`: by these too a target may be told who asks, and how (tornado believes the last two). */
const alsoTelling: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'x-scheme'])

/** The header is not passed on as the client sent it. @param name - in lower case */
export function isRewritten(name: string, mode: ForwardedMode): boolean {
  if (mode === 'keep') return false
  const isForwarded = name.startsWith('x-forwarded-')
  if (mode === 'replace') return isForwarded || alsoTelling.has(name)
  return isForwarded && appended.has(name)
}

const appended: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto'])

/**
 * The header lines that tell the target who asked. Values are appended with a bare comma, so that a target behind several
 * proxies sees all of them in order.
 *
 * @param custom - names that are set by other means
 */
export function forwardedHeaders(
  request: IncomingMessage,
  mode: Exclude<ForwardedMode, 'keep'>,
  upgrade: boolean,
  custom: ReadonlyMap<string, string>,
): string {
  const { headers, socket } = request
  // Of the socket types only TLS has it, and there it is always true.
  const encrypted = (socket as Partial<TLSSocket>).encrypted === true
  const scheme = upgrade ? 'ws' : 'http'
  const isKept = mode === 'append'
  let head = ''
  const append = (name: string, value: string | undefined): void => {
    if (custom.has(name)) return
    const before = isKept ? headers[name] : undefined
    // On a Unix socket there is no address to tell; what a front server has said stays.
    const both = before === undefined ? value : value === undefined ? before : `${String(before)},${value}`
    if (both !== undefined) head += `${name}: ${String(both)}\r\n`
  }
  append('x-forwarded-for', socket.remoteAddress)
  append('x-forwarded-port', portOf(headers.host) ?? (encrypted ? '443' : '80'))
  append('x-forwarded-proto', encrypted ? `${scheme}s` : scheme)
  if (!upgrade && !(isKept && headers['x-forwarded-host'] !== undefined) && headers.host !== undefined) {
    if (!custom.has('x-forwarded-host')) head += `x-forwarded-host: ${headers.host}\r\n`
  }
  return head
}

/** The port in a `Host` header; an IPv6 literal has its colons inside brackets. */
export function portOf(host: string | undefined): string | undefined {
  if (host === undefined) return undefined
  const colon = host.lastIndexOf(':')
  if (colon < 0 || colon < host.lastIndexOf(']')) return undefined
  const port = host.slice(colon + 1)
  return /^[0-9]{1,5}$/.test(port) ? port : undefined
}
