import { CodedError } from '../coded-error.js'

/** The helper did not answer in time, or nothing listens there. Whether servers run there is not known. */
export class HelperUnreachableError extends CodedError {
  override readonly name = 'HelperUnreachableError'
  constructor(url: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    super(
      'helper_unreachable',
      503,
      `The sudospawner-helper at ${url} does not answer (${reason}). Check that it runs and can be reached from here.`,
      { cause },
    )
  }
}

/** The helper answered with an error. */
export class HelperAnswerError extends CodedError {
  override readonly name = 'HelperAnswerError'
  constructor(
    url: string,
    /** The status that the helper answered with. */
    readonly answerStatus: number,
    /** What the helper said about it; for 403, 404 and 503 it may be shown to the user. */
    readonly detail: string,
  ) {
    super(
      'helper_refused',
      503,
      `The sudospawner-helper at ${url} answered ${answerStatus}: ${detail || 'no reason given'}`,
    )
  }
}
