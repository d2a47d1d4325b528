import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BodyOf, type Endpoint, helperEndpoints, type ParamsOf, pathMatcher, type QueryOf } from '@hub/api'
import { CodedError, type Log } from '@hub/api/base'
import { BadRequestError, NoSuchPathError, TokenMissingError } from './errors.js'
import type { TokenTable } from './tokens.js'

const PREFIX = '/api'
const MAX_BODY_BYTES = 4 * 1024 * 1024

/** What a route is given. */
export interface Call<E extends Endpoint> {
  /** Name of the hub whose token came with the request. */
  readonly hub: string
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** A body for JSON, nothing, or lines for an event stream. */
export type Answer =
  | { readonly status: number; readonly body?: unknown }
  | { readonly status: 200; readonly events: AsyncIterable<unknown> }

interface Route {
  readonly endpoint: Endpoint
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined
  readonly run: (call: Call<Endpoint>) => Promise<Answer>
}

/** Answers requests by the contracts of the API: who calls, what is asked, is it understood, and then the route. */
export class HelperApi {
  readonly #routes: Route[] = []

  constructor(
    private readonly tokens: TokenTable,
    private readonly log: Log,
  ) {}

  route<E extends Endpoint>(endpoint: E, run: (call: Call<E>) => Promise<Answer>): this {
    // The call is made by this very endpoint's contract, see `#call`.
    this.#routes.push({ endpoint, match: pathMatcher(endpoint), run: run })
    return this
  }

  /** Endpoints that nobody answers: for a test. */
  get missing(): readonly string[] {
    const names = new Set(this.#routes.map(({ endpoint }) => endpoint.name))
    return helperEndpoints.filter(({ name }) => !names.has(name)).map(({ name }) => name)
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('the caller has gone')))
    this.#answer(request, gone.signal)
      .catch((error: unknown) => this.#errorAnswer(request, error))
      .then((answer) => this.#send(response, answer, gone.signal))
      .catch((error: unknown) => {
        if (!gone.signal.aborted) this.log.error('an answer was cut short', { error })
        response.destroy()
      })
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const method = request.method ?? 'GET'
    const url = new URL(request.url ?? '/', 'http://helper')
    const path = url.pathname.startsWith(PREFIX) ? url.pathname.slice(PREFIX.length) : undefined
    const at = this.#routes.flatMap((route) => {
      const params = path === undefined ? undefined : route.match(path)
      return params === undefined ? [] : [{ ...route, params }]
    })
    const found = at.find(({ endpoint }) => endpoint.method === method)
    const isPublic = found?.endpoint.access === 'public'
    // What there is and what not is nobody's business who has no token.
    const hub = isPublic ? '' : this.#hubOf(request)
    if (found === undefined) throw new NoSuchPathError(`${method} ${url.pathname}`)
    const { endpoint, params, run } = found
    const query: unknown = parsed(endpoint.query, Object.fromEntries(url.searchParams), 'The query')
    const body: unknown = parsed(endpoint.body, await readJson(request), 'The body')
    const answer = await run({ hub, params, query, body, signal })
    if (method !== 'GET') this.log.info('request', { method, path: url.pathname, hub, status: answer.status })
    return answer
  }

  #hubOf(request: IncomingMessage): string {
    const [, token = ''] = /^(?:bearer|token) +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    const hub = this.tokens.hubOf(token)
    if (hub !== undefined) return hub
    this.log.warn('refused a request without a known token', { from: request.socket.remoteAddress })
    throw new TokenMissingError()
  }

  #errorAnswer(request: IncomingMessage, error: unknown): Answer {
    if (error instanceof CodedError) {
      const { status, code, message } = error
      this.log.debug('request refused', { method: request.method, code, message })
      return { status, body: { status, code, message } }
    }
    this.log.error('a request failed', { method: request.method, error })
    const message = 'The helper failed; its log tells more.'
    return { status: 500, body: { status: 500, code: 'internal_error', message } }
  }

  async #send(response: ServerResponse, answer: Answer, signal: AbortSignal): Promise<void> {
    if ('events' in answer) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      response.flushHeaders()
      for await (const event of answer.events) {
        if (signal.aborted) return
        // One that does not read does not make the helper keep what it has not read.
        if (!response.write(`data: ${JSON.stringify(event)}\n\n`)) await drained(response, signal)
      }
      response.end()
      return
    }
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body)
    response.writeHead(answer.status, {
      ...(text === '' ? {} : { 'Content-Type': 'application/json' }),
      ...(answer.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(answer.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    })
    response.end(text)
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Says which field is wrong. */
function parsed(schema: Endpoint['body'], value: unknown, what: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new BadRequestError(`${what} is not as it should be. ${problems.join(' ')}`)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new BadRequestError(`The body is longer than ${MAX_BODY_BYTES} bytes.`)
    chunks.push(chunk)
  }
  if (bytes === 0) return null
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new BadRequestError('The body is not JSON.')
  }
}
