/** Headers that speak of one connection only; a proxy writes its own (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Headers that `Connection` may not take away: naming them is an attempt to make proxy and target disagree. */
const neverOptional: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'cookie',
  'authorization',
])

/** @param name - in lower case */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name)
}

/** The headers that a `Connection` value lists, in lower case, or undefined when it lists none beyond the usual. */
export function connectionOptions(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || usualConnection.test(connection)) return undefined
  const names = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !neverOptional.has(name))
  return new Set(names)
}

const usualConnection = /^(?:keep-alive|close|upgrade)$/i
