import { CodedError } from '../coded-error.js'

/** The hub did not answer in time, or nothing listens there. */
export class HubUnreachableError extends CodedError {
  override readonly name = 'HubUnreachableError'
  constructor(call: string, apiUrl: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    super(
      'hub_unreachable',
      503,
      `The hub did not answer ${call} at ${apiUrl}: ${reason}. Check that it runs and that this is the address of its API.`,
      { cause },
    )
  }
}

/** The hub answered with an error, or with something the API does not provide for. */
export class HubAnswerError extends CodedError {
  override readonly name = 'HubAnswerError'
  constructor(
    call: string,
    /** The status that the hub answered with. */
    readonly answerStatus: number,
    /** What the hub said about it. */
    readonly detail: string,
  ) {
    super('hub_refused', 503, `The hub answered ${call} with ${answerStatus}: ${detail || 'no reason given'}`)
  }
}
