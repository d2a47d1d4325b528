import { z } from 'zod'
import type { BuiltInScope } from '../scopes/scope-definitions.js'
import type {
  Endpoint,
  EndpointAccess,
  EndpointFilter,
  EndpointTag,
  HttpMethod,
  PathParamNames,
  Replies,
} from './endpoint.js'

/** A query of which nothing is asked. Unknown arguments are let through everywhere: spawners may look at them. */
export const anyQuery = z.looseObject({})

/** A body that nobody looks at. */
export const anyBody = z.unknown()

export interface EndpointSpec<
  Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answers extends Replies,
> {
  readonly name: string
  readonly method: HttpMethod
  readonly path: Path
  readonly alsoAt?: string
  readonly emptyParams?: readonly PathParamNames<Path>[]
  /** Default: `scopes`. */
  readonly access?: EndpointAccess
  readonly scopes?: readonly BuiltInScope[]
  /** Default: `none`. */
  readonly filter?: EndpointFilter
  readonly postFilter?: boolean
  /** Default: `checked`. */
  readonly xsrf?: Endpoint['xsrf']
  readonly query?: Query
  readonly body?: Body
  readonly bodyType?: string
  readonly replies: Answers
  readonly contentType?: string
  /** Default: no. */
  readonly hasErrorPages?: boolean
  readonly errors?: Readonly<Record<number, string>>
  readonly tag: EndpointTag
  readonly summary: string
  readonly notes?: string
  readonly deprecated?: boolean
}

/** Completes an endpoint's contract with the defaults; refuses one that contradicts itself. */
export function defineEndpoint<
  const Path extends string,
  const Answers extends Replies,
  Query extends z.ZodType = typeof anyQuery,
  Body extends z.ZodType = typeof anyBody,
>(spec: EndpointSpec<Path, Query, Body, Answers>): Endpoint<Path, Query, Body, Answers> {
  const { query, body, ...rest } = spec
  const endpoint: Endpoint<Path, Query, Body, Answers> = {
    access: 'scopes',
    scopes: [],
    filter: 'none',
    postFilter: false,
    xsrf: 'checked',
    hasErrorPages: false,
    errors: {},
    emptyParams: [],
    deprecated: false,
    ...rest,
    // The type parameters are inferred as these very defaults when the spec leaves them out.
    query: query ?? (anyQuery as unknown as Query),
    body: body ?? (anyBody as unknown as Body),
  }
  if ((endpoint.access === 'scopes') !== endpoint.scopes.length > 0 && endpoint.access !== 'handler') {
    throw new Error(`Endpoint ${spec.name}: scopes and access '${endpoint.access}' contradict each other.`)
  }
  if (endpoint.postFilter && endpoint.filter !== 'none') {
    throw new Error(`Endpoint ${spec.name}: an endpoint whose path names something cannot filter afterwards.`)
  }
  return endpoint
}
