import type { IncomingMessage } from 'node:http'

/**
 * The head of a request as it was sent, but without the offer to speak something else, and behind it what has been read
 * of its body. Put back in front of the connection, it is parsed as the ordinary request it also is: a server may
 * ignore such an offer (RFC 9110, 7.8), and clients that prefer HTTP/2 make it with each of their requests.
 *
 * @param isLast - the connection is to be closed after the answer
 */
export function withoutUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  read: Buffer,
  isLast: boolean,
): Buffer {
  let head = `${method ?? 'GET'} ${url ?? '/'} HTTP/${httpVersion}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2)
    const lower = name.toLowerCase()
    if (lower === 'upgrade' || lower === 'http2-settings') continue
    head += `${name}: ${lower === 'connection' ? (isLast ? 'close' : withoutOffer(value)) : value}\r\n`
  }
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), read])
}

function withoutOffer(connection: string): string {
  const kept = connection.split(',').filter((option) => !/^\s*(?:upgrade|http2-settings)\s*$/i.test(option))
  return kept.join(',').trim() || 'keep-alive'
}
