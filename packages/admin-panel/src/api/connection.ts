import type { Endpoint, PageInfo } from '@hub/api'
import type { AnswerOf, Call } from '@hub/api/client'
import { t } from '../messages.js'
import type { EndpointAddress } from './endpoints.js'
import { pageFacts } from './page-facts.js'

/** A request that the hub refused, or that never got there (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(
    readonly status: number,
    readonly detail: string,
    /** Of a refusal that suggests a time to wait. */
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(status === 0 ? detail : `${detail} (${status})`)
  }
}

/** Longest wait for an answer; a stop may take ten seconds, a request behind a hundred others more. */
const patienceMs = 60_000

interface ApiRequest {
  readonly url: string
  readonly init: RequestInit
}

function requestOf<E extends Endpoint>({ method, path }: EndpointAddress<E>, options: Call<E>): ApiRequest {
  // The type of `params` depends on the path; here any of them will do.
  const params: Readonly<Record<string, string>> = (options as { params?: Record<string, string> }).params ?? {}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options.query ?? {}))
    if (value !== undefined) query.set(name, String(value))
  query.set('_xsrf', pageFacts().xsrf_token)
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  return {
    url: `${pageFacts().base_url}api${filled}?${query.toString()}`,
    init: {
      method,
      headers: {
        Accept: options.isPaged ? 'application/json, application/jupyterhub-pagination+json' : 'application/json',
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    },
  }
}

/** Answers under way to questions that will be asked, by their URL. */
const expected = new Map<string, Promise<Response>>()

/** Asks what the first `call` of the same is going to ask, before the panel is there to do so. */
export function askAhead<E extends Endpoint>(endpoint: EndpointAddress<E>, options: Call<E>): void {
  const { url, init } = requestOf(endpoint, options)
  const answer = fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) })
  answer.catch(() => undefined) // whoever asks hears of it
  expected.set(url, answer)
}

function send({ url, init }: ApiRequest, signal: AbortSignal): Promise<Response> {
  const underWay = expected.get(url)
  expected.delete(url)
  return underWay ?? fetch(url, { ...init, signal })
}

/** Calls the hub's REST API as the person who looks at the page. @throws {@link ApiError} */
export async function call<E extends Endpoint>(endpoint: EndpointAddress<E>, options: Call<E>): Promise<AnswerOf<E>> {
  const patience = AbortSignal.timeout(patienceMs)
  const signal = options.signal === undefined ? patience : AbortSignal.any([options.signal, patience])
  const response = await send(requestOf(endpoint, options), signal).catch((error: unknown) => {
    if (options.signal?.aborted) throw error
    throw new ApiError(0, t('The hub cannot be reached.'), undefined)
  })
  const text = await response.text()
  if (!response.ok) throw refusal(response, text)
  // What comes back is what the endpoint's contract says.
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) } as AnswerOf<E>
}

function refusal(response: Response, text: string): ApiError {
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN)
  return new ApiError(
    response.status,
    messageIn(text) ?? response.statusText,
    Number.isNaN(retryAfter) ? undefined : retryAfter,
  )
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** A list in pages, as endpoints with and without the envelope answer it. */
export interface Page<Items> {
  readonly items: Items
  readonly _pagination: PageInfo
}

/** The envelope was asked for, so the bare form of the contract does not come. */
export const asPage = <Items>(body: Items | Page<Items>): Page<Items> => body as Page<Items>
