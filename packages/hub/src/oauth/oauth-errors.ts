import { CodedError } from '@hub/api'

/** Error names of RFC 6749 that the hub uses. */
export type AuthorizeErrorName = 'invalid_request' | 'unsupported_response_type' | 'invalid_scope'
export type TokenErrorName = 'unsupported_grant_type' | 'invalid_request' | 'invalid_client' | 'invalid_grant'

/** A request for a code that is refused towards the client: it learns why at its redirect URI. */
export class AuthorizeError extends CodedError {
  override readonly name = 'AuthorizeError'
  constructor(
    readonly error: AuthorizeErrorName,
    readonly description: string,
  ) {
    super('oauth_authorize_refused', 400, description)
  }
}

/** A request for a token that is refused, as section 5.2 of RFC 6749 puts it. */
export class TokenError extends CodedError {
  override readonly name = 'TokenError'
  constructor(
    readonly error: TokenErrorName,
    readonly description?: string,
  ) {
    super(
      'oauth_token_refused',
      error === 'invalid_client' ? 401 : 400,
      description ?? `The request was refused: ${error}.`,
    )
  }
}
