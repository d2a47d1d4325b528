import { CodedError } from '../coded-error.js'

/** The proxy's API did not answer in time, or nothing listens there. */
export class ProxyUnreachableError extends CodedError {
  override readonly name = 'ProxyUnreachableError'
  constructor(call: string, apiUrl: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    super(
      'proxy_unreachable',
      503,
      `The proxy did not answer ${call} at ${apiUrl}: ${reason}. Check that it runs and that this is its API address.`,
      { cause },
    )
  }
}

/** The proxy does not accept our token. */
export class ProxyTokenError extends CodedError {
  override readonly name = 'ProxyTokenError'
  constructor(apiUrl: string) {
    super(
      'proxy_token_refused',
      503,
      `The proxy at ${apiUrl} refused the token. Give hub and proxy the same CONFIGPROXY_AUTH_TOKEN.`,
    )
  }
}

/** The proxy answered something the API does not provide for. */
export class ProxyAnswerError extends CodedError {
  override readonly name = 'ProxyAnswerError'
  constructor(
    call: string,
    readonly answerStatus: number,
    detail: string,
  ) {
    super(
      'proxy_answer_unusable',
      503,
      `The proxy answered ${call} with ${answerStatus}: ${detail || 'no reason given'}`,
    )
  }
}
