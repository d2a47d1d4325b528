import { readFileSync } from 'node:fs'
import type { JsonObject } from '@hub/api'
import { Agent, type Dispatcher, fetch as undiciFetch, ProxyAgent } from 'undici'
import type { OAuthConfig } from './oauth-config.js'

const DEFAULT_TIMEOUT_SECONDS = 20
const LONGEST_ANSWER_BYTES = 1024 * 1024

/** The login service answered with something else than what was asked for. */
export class ServiceAnswerError extends Error {
  override readonly name = 'ServiceAnswerError'
  constructor(
    readonly url: string,
    readonly status: number,
  ) {
    super(`${url} answered with status ${status}.`)
  }
}

/** Requests to the login service, with the certificates, the proxy and the patience that are configured. */
export class ServiceHttp {
  readonly timeoutMs: number
  readonly #dispatcher: Dispatcher

  constructor({
    validate_server_cert: isValidated,
    http_request_kwargs: kwargs,
  }: Pick<OAuthConfig, 'validate_server_cert' | 'http_request_kwargs'>) {
    const { request_timeout: seconds, ca_certs: caFile, proxy_host: proxyHost, proxy_port: proxyPort } = kwargs
    this.timeoutMs = (typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1_000
    const tls = {
      rejectUnauthorized: isValidated,
      // Read once, when the hub starts.
      ...(typeof caFile === 'string' ? { ca: readFileSync(caFile) } : {}),
    }
    const limits = {
      headersTimeout: this.timeoutMs,
      bodyTimeout: this.timeoutMs,
      maxResponseSize: LONGEST_ANSWER_BYTES,
      keepAliveTimeout: 1_000,
    }
    this.#dispatcher =
      typeof proxyHost === 'string'
        ? new ProxyAgent({ ...limits, uri: `http://${proxyHost}:${Number(proxyPort ?? 8080)}`, requestTls: tls })
        : new Agent({ ...limits, connect: { ...tls, timeout: this.timeoutMs } })
  }

  /** `fetch` for libraries. */
  readonly fetch = async (url: string, options: object = {}): Promise<Response> => {
    // undici's own types of the same web classes.
    const answer = await undiciFetch(url, { ...options, redirect: 'manual', dispatcher: this.#dispatcher } as never)
    return answer
  }

  /**
   * @param token - sent as bearer
   * @throws ServiceAnswerError for another status than 2xx
   */
  async json(url: string, token: string, signal: AbortSignal): Promise<JsonObject | readonly unknown[]> {
    const answer = await this.get(url, token, signal)
    if (!answer.ok) {
      await answer.body?.cancel()
      throw new ServiceAnswerError(withoutQuery(url), answer.status)
    }
    const value: unknown = await answer.json()
    if (typeof value !== 'object' || value === null) throw new ServiceAnswerError(withoutQuery(url), answer.status)
    return value as JsonObject | readonly unknown[] // parsed from JSON
  }

  async get(url: string, token: string, signal: AbortSignal): Promise<Response> {
    return this.fetch(url, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'JupyterHub' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs)]),
    })
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }
}

/** A query may hold a token. */
const withoutQuery = (url: string): string => url.split('?')[0] ?? url
