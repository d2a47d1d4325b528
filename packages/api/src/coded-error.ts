import { knownAcrossCopies } from './known-across-copies.js'

/**
 * An error whose message may be shown to whoever caused it. Everything else that is thrown is answered with a bare 500.
 * Each code is listed in docs/reference/errors.md.
 */
export class CodedError extends Error {
  static {
    knownAcrossCopies(this, 'api/CodedError')
  }
  override readonly name: string = 'CodedError'

  /**
   * @param code - stable `snake_case` identifier, for programs and for the documentation
   * @param status - the HTTP status that a request failing with this error is answered with
   * @param message - says what is wrong and what to do next
   */
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
