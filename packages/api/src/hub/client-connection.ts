import { Agent, type Dispatcher, request } from 'undici'
import type { AnswerOf, Call, QueryValues } from './client-call.js'
import { HubAnswerError, HubUnreachableError } from './client-errors.js'
import type { HubApiClientOptions } from './client-options.js'
import type { Endpoint } from './endpoint.js'
import { buildPath } from './endpoint-path.js'
import { errorModel } from './models.js'
import { PAGINATION_MEDIA_TYPE } from './pagination.js'
import { eventData } from './server-sent-events.js'

/** More than a hundred thousand users fit; a runaway answer does not. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024
const DEFAULT_DEADLINE_MS = 30_000

/**
 * Kept connections to the API of one hub, and calls of its endpoints by their contracts. Calls are not repeated: most are
 * not safe to.
 *
 * Every call throws {@link HubUnreachableError}, {@link HubAnswerError}, or the reason of its signal when that is aborted.
 */
export class HubConnection {
  readonly #agent: Agent
  /** Scheme and host. */
  readonly #origin: string
  readonly #basePath: string

  constructor(readonly options: HubApiClientOptions) {
    const { origin, path, socketPath } = readApiUrl(options.apiUrl)
    this.#origin = origin
    this.#basePath = path
    this.#agent = new Agent({
      connect: { ...options.tls, ...(socketPath === undefined ? {} : { socketPath }) },
      maxResponseSize: MAX_REPLY_BYTES,
    })
  }

  /** Calls an endpoint by its contract. */
  async call<E extends Endpoint>(endpoint: E, call: Call<E>): Promise<AnswerOf<E>> {
    const { status, text } = await this.#exchange(endpoint, call)
    const schema = endpoint.replies[status]
    if (schema === undefined) throw new HubAnswerError(nameOf(endpoint), status, errorText(text))
    const body: unknown = schema === null ? undefined : parseReply(endpoint, status, text)
    // `replies` was asked for this very status, so body and status belong together.
    return { status, body } as AnswerOf<E>
  }

  /**
   * The data of the events that an endpoint streams. Has no deadline but `signal`: streams may last.
   */
  async *stream<E extends Endpoint>(endpoint: E, call: Call<E>): AsyncGenerator<string, void> {
    call.signal?.throwIfAborted()
    try {
      const reply = await this.#send(endpoint, call, call.signal)
      const isFine = endpoint.replies[reply.statusCode] !== undefined
      if (!isFine) throw new HubAnswerError(nameOf(endpoint), reply.statusCode, errorText(await reply.body.text()))
      yield* eventData(reply.body)
    } catch (cause) {
      throw this.#failure(endpoint, call, cause)
    }
  }

  /** Drops the kept connections; calls under way fail. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #exchange<E extends Endpoint>(
    endpoint: E,
    call: Call<E>,
  ): Promise<{ readonly status: number; readonly text: string }> {
    call.signal?.throwIfAborted()
    const deadline = AbortSignal.timeout(call.deadlineMs ?? this.options.deadlineMs ?? DEFAULT_DEADLINE_MS)
    try {
      const reply = await this.#send(endpoint, call, call.signal ? AbortSignal.any([call.signal, deadline]) : deadline)
      return { status: reply.statusCode, text: await reply.body.text() }
    } catch (cause) {
      throw this.#failure(endpoint, call, deadline.aborted ? deadline.reason : cause)
    }
  }

  #failure(endpoint: Endpoint, { signal }: { readonly signal?: AbortSignal | undefined }, cause: unknown): unknown {
    if (signal?.aborted) return signal.reason
    if (cause instanceof HubAnswerError) return cause
    return new HubUnreachableError(nameOf(endpoint), this.options.apiUrl, cause)
  }

  async #send(endpoint: Endpoint, call: AnyCall, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    // Endpoints without parameters are called without; buildPath then looks for none.
    const path = buildPath<Endpoint>(endpoint, call.params ?? {})
    const token = call.token ?? this.options.token
    const isForm = endpoint.bodyType === FORM
    return await request(`${this.#origin}${this.#basePath}${path}${queryText(call.query)}`, {
      method: endpoint.method,
      dispatcher: this.#agent,
      ...(signal === undefined ? {} : { signal }),
      // The deadline is ours; undici's own would cut off progress streams.
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: {
        ...(token === undefined ? {} : { authorization: `token ${token}` }),
        ...(call.body === undefined ? {} : { 'content-type': isForm ? FORM : 'application/json' }),
        accept: call.isPaged ? `application/json, ${PAGINATION_MEDIA_TYPE}` : 'application/json',
      },
      ...(call.body === undefined ? {} : { body: isForm ? formText(call.body) : JSON.stringify(call.body) }),
    })
  }
}

/** A call of some endpoint; that it fits the contract has been checked where it was made. */
interface AnyCall {
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly query?: QueryValues | undefined
  readonly body?: unknown
  readonly token?: string
  readonly isPaged?: boolean | undefined
}

const nameOf = ({ method, path }: Endpoint): string => `${method} ${path}`

function parseReply(endpoint: Endpoint, status: number, text: string): unknown {
  try {
    return endpoint.replies[status]?.parse(JSON.parse(text))
  } catch {
    throw new HubAnswerError(nameOf(endpoint), status, 'not the JSON that was expected; is this the API of a hub?')
  }
}

function errorText(text: string): string {
  try {
    return errorModel.parse(JSON.parse(text)).message ?? ''
  } catch {
    return text.slice(0, 200)
  }
}

const FORM = 'application/x-www-form-urlencoded'

/** What is sent as a form has text fields only. */
function formText(body: unknown): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(typeof body === 'object' && body !== null ? body : {}))
    if (value !== undefined) form.set(name, String(value))
  return form.toString()
}

function queryText(query: QueryValues = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given.toString()}`
}

interface ApiAddress {
  readonly origin: string
  /** Without a slash at its end. */
  readonly path: string
  readonly socketPath?: string
}

function readApiUrl(apiUrl: string): ApiAddress {
  const unix = /^(?:http\+unix|unix\+http):\/\/([^/]+)(\/[^?#]*)?/.exec(apiUrl)
  if (unix?.[1]) {
    const path = (unix[2] ?? '').replace(/\/+$/, '')
    return { origin: 'http://localhost', path, socketPath: decodeURIComponent(unix[1]) }
  }
  const url = new URL(apiUrl)
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') }
}
