import { CodedError } from '@hub/api/base'

/** The target could not answer, and nothing has been sent to the client yet. */
export class ForwardError extends CodedError {
  override readonly name = 'ForwardError'
  /** `ECONNREFUSED` and the like, or the message of the cause. */
  readonly reason: string

  constructor(cause: Error) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
    super('target_failed', 503, `The server behind this address did not answer (${code ?? cause.message}).`, { cause })
    this.reason = code ?? cause.message
  }

  /** An everyday failure of the network, for which a stack in the log tells nothing. */
  get isCommon(): boolean {
    return commonReasons.has(this.reason)
  }
}

const commonReasons: ReadonlySet<string> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'EPIPE',
    'ENOENT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EBADRESPONSE',
  ],
])

/** A header that cannot be set on all requests. */
export class CustomHeaderError extends CodedError {
  override readonly name = 'CustomHeaderError'
  constructor(header: string, reason: string) {
    super('custom_header_unusable', 500, `The header '${header}' cannot be set on every request: ${reason}.`)
  }
}
