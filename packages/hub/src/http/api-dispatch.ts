import {
  type BodyOf,
  type Endpoint,
  type ParamsOf,
  type PathMatcher,
  pathMatcher,
  type QueryOf,
  type ReplyOf,
} from '@hub/api'
import type { Exchange } from './exchange.js'
import type { Reply } from './reply.js'

/** What the handler of an endpoint works with. Credentials, scopes and origin have been checked as its contract says. */
export interface ApiCall<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  readonly exchange: Exchange
}

/** An event stream instead of one of the endpoint's replies. */
export type StreamReply = Extract<Reply, { stream: unknown }>

export interface ApiRoute {
  readonly endpoint: Endpoint
  readonly run: (call: ApiCall<Endpoint>) => Promise<ReplyOf<Endpoint> | StreamReply>
}

/** An endpoint of the REST API with the function that answers it. */
export function route<E extends Endpoint, const R extends ReplyOf<E> | StreamReply>(
  endpoint: E,
  run: (call: ApiCall<E>) => Promise<R>,
): ApiRoute {
  // `handle` parses path, query and body by this very endpoint before it calls `run`.
  return { endpoint, run: run as unknown as ApiRoute['run'] }
}

export type Dispatched =
  | {
      readonly found: 'route'
      /** Of the endpoint. */
      readonly name: string
      readonly route: ApiRoute
      readonly params: Readonly<Record<string, string>>
    }
  /** The path is known, the method is not; the name is that of another method's endpoint. */
  | { readonly found: 'path'; readonly name: string }
  | { readonly found: 'nothing' }

/** Finds the route of a raw path below the API prefix. */
export class ApiDispatcher {
  readonly #byFirstSegment = new Map<string, { readonly route: ApiRoute; readonly match: PathMatcher }[]>()

  constructor(routes: readonly ApiRoute[]) {
    for (const route of routes) {
      const match = pathMatcher(route.endpoint)
      for (const path of new Set([route.endpoint.path, route.endpoint.alsoAt ?? route.endpoint.path])) {
        const entries = this.#byFirstSegment.get(firstSegment(path)) ?? []
        entries.push({ route, match })
        this.#byFirstSegment.set(firstSegment(path), entries)
      }
    }
  }

  find(method: string, path: string): Dispatched {
    let nameAtPath: string | undefined
    for (const { route, match } of this.#byFirstSegment.get(firstSegment(path)) ?? []) {
      const params = match(path)
      if (params === undefined) continue
      if (route.endpoint.method === method) return { found: 'route', name: route.endpoint.name, route, params }
      nameAtPath ??= route.endpoint.name
    }
    return nameAtPath === undefined ? { found: 'nothing' } : { found: 'path', name: nameAtPath }
  }
}

const firstSegment = (path: string): string => path.split('/', 2)[1] ?? ''
