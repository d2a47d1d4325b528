import { connectionOptions, isHopByHop } from './hop-by-hop.js'

/** How the end of a body is known. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'until-close'

export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Name, value, name, value…, names in lower case, without the headers that speak of the connection only. */
  readonly headers: string[]
  readonly framing: BodyFraming
  /** Bytes of the body when the framing is `length`. */
  readonly length: number
  /** The target keeps the connection open after this answer. */
  readonly keepAlive: boolean
  /** For how long, when it says so. */
  readonly keepAliveMs: number | undefined
  /** The `Upgrade` header, for a 101. */
  readonly upgrade: string | undefined
  /** The `Location` header; it is among `headers` too. */
  readonly location: string | undefined
}

/** The target answered something that is not HTTP/1.x, or not unambiguous. */
export class ResponseSyntaxError extends Error {
  override readonly name = 'ResponseSyntaxError'
  readonly code = 'EBADRESPONSE'
}

const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
/** All lines at once: asking name by name and value by value costs as much as the rest of reading a head. */
const headerLines = /^(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)*$/

/**
 * Reads the head of an answer, as strict as node reads that of a request: no bare line feeds, no folded lines, one
 * way to tell the length.
 *
 * @param text - the head as latin1, without the empty line at its end
 * @param bodyless - the request was a HEAD
 * @throws {@link ResponseSyntaxError}
 */
export function parseResponseHead(text: string, bodyless: boolean): ResponseHead {
  const firstEnd = text.indexOf('\r\n')
  const match = statusLine.exec(firstEnd < 0 ? text : text.slice(0, firstEnd))
  if (!match) throw new ResponseSyntaxError('the target does not speak HTTP/1.x')
  if (firstEnd >= 0 && !headerLines.test(text.slice(firstEnd))) throw new ResponseSyntaxError('a malformed header line')
  const status = Number(match[2])
  const headers = new HeaderList()
  let length = -1
  let coding: string | undefined
  let connection: string | undefined
  let keepAliveHeader: string | undefined
  let upgrade: string | undefined
  let location: string | undefined

  for (let start = firstEnd + 2; firstEnd >= 0 && start < text.length;) {
    let end = text.indexOf('\r\n', start)
    if (end < 0) end = text.length
    const colon = text.indexOf(':', start)
    const name = text.slice(start, colon).toLowerCase()
    const value = withoutBlanks(text, colon + 1, end)
    start = end + 2
    switch (name) {
      case 'content-length':
        if (!/^[0-9]{1,15}$/.test(value)) throw new ResponseSyntaxError('a malformed Content-Length')
        if (length >= 0) throw new ResponseSyntaxError('more than one Content-Length')
        headers.add(name, value)
        length = Number(value)
        break
      case 'transfer-encoding':
        coding = coding === undefined ? value : `${coding}, ${value}`
        break
      case 'connection':
        connection = connection === undefined ? value : `${connection}, ${value}`
        break
      case 'keep-alive':
        keepAliveHeader = value
        break
      case 'upgrade':
        upgrade = value
        break
      case 'location':
        location ??= value
        headers.add(name, value)
        break
      default:
        if (!isHopByHop(name)) headers.add(name, value)
    }
  }

  if (coding !== undefined && length >= 0) throw new ResponseSyntaxError('both Transfer-Encoding and Content-Length')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw new ResponseSyntaxError('a transfer coding other than chunked')
  }
  const framing = framingOf(status, bodyless, coding !== undefined, length)
  const options = connectionOptions(connection)
  const closes = connection !== undefined && /(?:^|,)\s*close\s*(?:,|$)/i.test(connection)
  const keeps = match[1] === '1' || (connection !== undefined && /keep-alive/i.test(connection))
  const timeout = keepAliveHeader === undefined ? null : /timeout=([0-9]{1,6})/i.exec(keepAliveHeader)
  return {
    status,
    reason: match[3] ?? '',
    headers: options ? withoutListed(headers.flat, options) : headers.flat,
    framing,
    length: framing === 'length' ? length : 0,
    keepAlive: keeps && !closes && framing !== 'until-close',
    keepAliveMs: timeout ? Number(timeout[1]) * 1000 : undefined,
    upgrade,
    location,
  }
}

/** Blanks and tabs only: `trim` would take away a bare line feed, and with it what makes the line malformed. */
function withoutBlanks(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Above this many headers their places are noted: to look through all of them for each would take a good part of a second. */
const lookedThrough = 32

/** Headers as a list. One that comes again is joined to the first, as node does it for requests: not cookies, and not what is no list. */
class HeaderList {
  readonly flat: string[] = []
  private places: Map<string, number> | undefined

  add(name: string, value: string): void {
    const { flat } = this
    const at = name === 'set-cookie' ? -1 : this.find(name)
    if (at >= 0) {
      if (!firstCounts.has(name)) flat[at + 1] = `${flat[at + 1] ?? ''}, ${value}`
      return
    }
    this.places?.set(name, flat.length)
    flat.push(name, value)
  }

  private find(name: string): number {
    const { flat } = this
    if (flat.length > 2 * lookedThrough) {
      this.places ??= placesOf(flat)
      return this.places.get(name) ?? -1
    }
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return i
    return -1
  }
}

function placesOf(flat: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) places.set(flat[i] ?? '', i)
  return places
}

const firstCounts: ReadonlySet<string> = new Set([
  ...['age', 'content-type', 'date', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'server'],
])

function framingOf(status: number, bodyless: boolean, chunked: boolean, length: number): BodyFraming {
  if (bodyless || status === 204 || status === 304 || status < 200) return 'none'
  if (chunked) return 'chunked'
  if (length < 0) return 'until-close'
  return length === 0 ? 'none' : 'length'
}

function withoutListed(headers: readonly string[], listed: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (!listed.has(name)) kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}
