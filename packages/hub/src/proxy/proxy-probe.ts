import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'

export interface ProxyApiAddress {
  /** `http:`, `https:` or `http+unix://<percent-encoded path>`. */
  readonly apiUrl: string
  readonly authToken: string
  readonly tls?: Pick<RequestOptions, 'key' | 'cert' | 'ca'>
}

/** `same`: it answered over the connection of the last probe. `new`: it had to be connected to afresh. */
export type ProbeResult = 'same' | 'new'

const perProbeMs = 5_000

/**
 * Tells cheaply whether the proxy is still the process it was: one kept-alive connection, asked for an empty list.
 * A proxy that was restarted has closed it, and has lost its routes, however quickly it came back.
 */
export class ProxyProbe {
  readonly #agent: HttpAgent | HttpsAgent

  constructor(private readonly address: ProxyApiAddress) {
    const options = { keepAlive: true, maxSockets: 1, ...address.tls }
    this.#agent = address.apiUrl.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options)
  }

  /** @throws when the proxy cannot be reached or refuses us */
  probe(signal: AbortSignal): Promise<ProbeResult> {
    return new Promise((resolve, reject) => {
      const request = this.#request(AbortSignal.any([signal, AbortSignal.timeout(perProbeMs)]), (response) => {
        response.resume()
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) resolve(request.reusedSocket ? 'same' : 'new')
          else reject(new Error(`The proxy's API answers with status ${response.statusCode}.`))
        })
      })
      request.on('error', reject)
      request.end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #request(signal: AbortSignal, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { apiUrl, authToken } = this.address
    const options = {
      agent: this.#agent,
      signal,
      headers: { authorization: `token ${authToken}` },
      // No route is that old, so the answer is short however long the table.
      path: '/api/routes?inactive_since=1970-01-01T00:00:00.000Z',
    }
    const socketPath = unixSocketPath(apiUrl)
    if (socketPath !== undefined) return httpRequest({ ...options, socketPath }, onResponse)
    const { hostname, port, protocol } = new URL(apiUrl)
    const host = hostname.replace(/^\[|\]$/g, '')
    return protocol === 'https:'
      ? httpsRequest({ ...options, host, port }, onResponse)
      : httpRequest({ ...options, host, port }, onResponse)
  }
}

/** The path of an `http+unix://%2Fpath` URL, or undefined for another one. */
export function unixSocketPath(url: string): string | undefined {
  const found = /^(?:http\+unix|unix\+http):\/\/([^/]+)/.exec(url)
  return found?.[1] === undefined ? undefined : decodeURIComponent(found[1])
}
