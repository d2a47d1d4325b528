import type { z } from 'zod'
import type { BodyInput, Endpoint, ParamsOf } from './endpoint.js'

/** Values of a query; those that are undefined are left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>

interface CallOptions<E extends Endpoint> {
  readonly query?: QueryValues
  readonly body?: BodyInput<E>
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** How long this call may take, when that is not as long as others. */
  readonly deadlineMs?: number
  /** Of another caller than the client's own. */
  readonly token?: string
  /** Asks for the pagination envelope around lists. */
  readonly isPaged?: boolean
}

/** What a call of an endpoint is made of; parameters only where its path has some. */
export type Call<E extends Endpoint> = CallOptions<E> &
  (keyof ParamsOf<E> extends never ? { readonly params?: undefined } : { readonly params: ParamsOf<E> })

/** One of the endpoint's replies, with the body that belongs to the status. */
export type AnswerOf<E extends Endpoint> = {
  [Status in keyof E['replies'] & number]: {
    readonly status: Status
    readonly body: E['replies'][Status] extends z.ZodType ? z.output<E['replies'][Status]> : undefined
  }
}[keyof E['replies'] & number]
