import { CodedError, knownAcrossCopies } from '@hub/api'

/** A refused login whose reason the person is told, on the login page. A null from `authenticate` tells nothing. */
export class AuthenticationError extends CodedError {
  static {
    knownAcrossCopies(this, 'authenticator/AuthenticationError')
  }
  override readonly name = 'AuthenticationError'

  /** @param status - of the answer; 403 unless the fault is not the person's */
  constructor(message: string, status = 403, options?: ErrorOptions) {
    super('authentication_failed', status, message, options)
  }
}

/** An authenticator breaks its contract or is configured so that it cannot work. */
export class AuthenticatorError extends CodedError {
  static {
    knownAcrossCopies(this, 'authenticator/AuthenticatorError')
  }
  override readonly name = 'AuthenticatorError'

  constructor(message: string, options?: ErrorOptions) {
    super('authenticator_broken', 500, message, options)
  }
}
