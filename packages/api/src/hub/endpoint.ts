import type { z } from 'zod'
import type { BuiltInScope } from '../scopes/scope-definitions.js'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may call.
 * - `public`: anyone; credentials are not looked at
 * - `caller`: any authenticated caller, whatever its scopes
 * - `scopes`: a caller that holds one of the endpoint's scopes
 * - `handler`: the handler decides, see the endpoint's notes
 */
export type EndpointAccess = 'public' | 'caller' | 'scopes' | 'handler'

/** What the path names, and scopes are therefore checked against. */
export type EndpointFilter = 'none' | 'user' | 'server' | 'group' | 'service'

/** Names of the `:segments` of a path template. */
export type PathParamNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? PathParamNames<Head> | PathParamNames<Tail>
  : Path extends `:${infer Name}`
    ? Name
    : never

export type PathParams<Path extends string> = { readonly [Name in PathParamNames<Path>]: string }

/** Replies by status; `null` is a reply without a body. */
export type Replies = Readonly<Record<number, z.ZodType | null>>

export interface Endpoint<
  Path extends string = string,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answers extends Replies = Replies,
> {
  /** Name of the operation in the client and in OpenAPI. */
  readonly name: string
  readonly method: HttpMethod
  /** Below the API prefix (`/hub/api`); `:name` is one segment. */
  readonly path: Path
  /** Another path of the same operation; parameters it does not name are the empty string. */
  readonly alsoAt?: string
  /** Parameters that may be empty, so that the path ends in a slash: the name of the default server. */
  readonly emptyParams: readonly string[]
  readonly access: EndpointAccess
  /** Any one of these suffices; in this order they are listed to a caller who holds none. */
  readonly scopes: readonly BuiltInScope[]
  readonly filter: EndpointFilter
  /** Any filtered form of the scope suffices, and the handler narrows the result down to what it covers. */
  readonly postFilter: boolean
  /** Whether a cookie caller must prove its origin: before the handler, never, or when the handler asks for it. */
  readonly xsrf: 'checked' | 'never' | 'deferred'
  readonly query: Query
  /** Receives the parsed JSON, `null` for an empty body. */
  readonly body: Body
  /** Content type of the body if it is not JSON. */
  readonly bodyType?: string
  readonly replies: Answers
  /** Content type of the replies that are not JSON. */
  readonly contentType?: string
  /** Errors come as pages for people, not as JSON. */
  readonly hasErrorPages: boolean
  /** When each error status is answered. */
  readonly errors: Readonly<Record<number, string>>
  readonly tag: EndpointTag
  readonly summary: string
  readonly notes?: string
  readonly deprecated: boolean
}

export type EndpointTag =
  | 'hub'
  | 'users'
  | 'servers'
  | 'tokens'
  | 'groups'
  | 'services'
  | 'proxy'
  | 'shares'
  | 'oauth'
  | 'monitoring'
  | 'authorizations'
  | 'panel'
  | 'helper'

/** What the handler of an endpoint is given. */
export type ParamsOf<E extends Endpoint> = PathParams<E['path']>
export type QueryOf<E extends Endpoint> = z.output<E['query']>
export type BodyOf<E extends Endpoint> = z.output<E['body']>

/** What the caller of an endpoint sends. */
export type QueryInput<E extends Endpoint> = z.input<E['query']>
export type BodyInput<E extends Endpoint> = z.input<E['body']>

/** What the handler of an endpoint answers: one of its replies, with the body that belongs to the status. */
export type ReplyOf<E extends Endpoint> = {
  [Status in keyof E['replies'] & number]: E['replies'][Status] extends z.ZodType
    ? { readonly status: Status; readonly body: z.input<E['replies'][Status]>; readonly headers?: ReplyHeaders }
    : { readonly status: Status; readonly body?: undefined; readonly headers?: ReplyHeaders }
}[keyof E['replies'] & number]

export type ReplyHeaders = Readonly<Record<string, string>>
