import type { IncomingMessage } from 'node:http'
import { forwardedHeaders, forwardedMode, isRewritten, type ForwardedRules } from './forwarded-headers.js'
import { connectionOptions, isHopByHop } from './hop-by-hop.js'
import type { Target } from './target.js'

export interface RequestHeadOptions {
  /** How the target is told who asked and how, in `X-Forwarded-*`. */
  readonly forwarded: ForwardedRules
  /** `Host` becomes the target's. */
  readonly changeOrigin: boolean
  /** Set on every request, over what the client sent; names in lower case. */
  readonly customHeaders: ReadonlyMap<string, string>
}

/** How the body of a request is sent on. */
export type RequestFraming =
  { readonly kind: 'none' } | { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' }

/** The framing node's strict parser has read: by it, and never by a header passed on, the target learns where the body ends. */
export function requestFraming({ headers }: IncomingMessage): RequestFraming {
  if (headers['transfer-encoding'] !== undefined) return { kind: 'chunked' }
  const length = headers['content-length']
  return length === undefined ? { kind: 'none' } : { kind: 'length', bytes: Number(length) }
}

/**
 * What makes a request unfit to be passed on although node's parser took it; answer 400 and close.
 * Two readings of one message are how a request is smuggled past a proxy. Once one was found on a connection, whatever
 * node reads behind it is unfit too.
 */
export function requestDefect(request: IncomingMessage): string | undefined {
  if (ambiguous.has(request.socket)) return 'it follows a request with two readings'
  const defect = ownDefect(request)
  if (defect !== undefined) ambiguous.add(request.socket)
  return defect
}

const ambiguous = new WeakSet<object>()

function ownDefect({ headers, rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  // Node's parser takes 0.9 and 2.0 as well, and goes on as if they were 1.1.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'it is not HTTP/1.x'
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') return 'the transfer coding is not chunked'
    if (headers['content-length'] !== undefined) return 'both Transfer-Encoding and Content-Length'
    if (httpVersion === '1.0') return 'Transfer-Encoding in HTTP/1.0'
  }
  const length = headers['content-length']
  if (length !== undefined && !Number.isSafeInteger(Number(length))) return 'the Content-Length is too large'
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host' && ++hosts > 1) return 'more than one Host'
  }
  return undefined
}

/**
 * Request line and headers for the target, ready to be written as latin1.
 *
 * Order of effect: what the client sent, then `X-Forwarded-*`, then custom headers, then the changed origin.
 *
 * @param upgrade - keep the client's `Upgrade`, for a WebSocket handshake
 */
export function requestHead(
  request: IncomingMessage,
  url: string,
  target: Target,
  framing: RequestFraming,
  options: RequestHeadOptions,
  upgrade = false,
): string {
  const { headers } = request
  const listed = connectionOptions(headers.connection)
  const custom = options.customHeaders
  const mode = forwardedMode(request, options.forwarded)
  let head = `${request.method ?? 'GET'} ${url} HTTP/1.1\r\n`
  for (const name in headers) {
    if (isHopByHop(name) || name === 'content-length' || listed?.has(name)) continue
    if (name === 'host' && options.changeOrigin) continue
    if (custom.size > 0 && custom.has(name)) continue
    if (isRewritten(name, mode)) continue
    const value = headers[name]
    // Only Set-Cookie comes as an array, and nobody sends it in a request; still, pass on what was sent.
    if (Array.isArray(value)) for (const each of value) head += `${name}: ${each}\r\n`
    else if (value !== undefined) head += `${name}: ${value}\r\n`
  }
  // HTTP/1.0 knows no Host; a target of HTTP/1.1 must have one.
  if (options.changeOrigin || (headers.host === undefined && !custom.has('host')))
    head += `host: ${target.authority}\r\n`
  if (mode !== 'keep') head += forwardedHeaders(request, mode, upgrade, custom)
  for (const [name, value] of custom) {
    if (name !== 'host' || !options.changeOrigin) head += `${name}: ${value}\r\n`
  }
  if (framing.kind === 'chunked') head += 'transfer-encoding: chunked\r\n'
  else if (framing.kind === 'length') head += `content-length: ${framing.bytes}\r\n`
  else if (bodyExpected(request.method)) head += 'content-length: 0\r\n'
  head += upgrade
    ? `connection: Upgrade\r\nupgrade: ${headers.upgrade ?? 'websocket'}\r\n\r\n`
    : 'connection: keep-alive\r\n\r\n'
  return head
}

/** A target may wait for the body of these, unless told that there is none (RFC 9110, 8.6). */
function bodyExpected(method: string | undefined): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE' || method === 'OPTIONS'
}
