import { CodedError } from '@hub/api/base'

export class TokenMissingError extends CodedError {
  override readonly name = 'TokenMissingError'
  constructor() {
    super(
      'helper_token_wrong',
      401,
      'The helper does not know this token. Make one with `sudospawner-helper token`, give its hash to the helper and the token to the hub.',
    )
  }
}

export class BadRequestError extends CodedError {
  override readonly name = 'BadRequestError'
  constructor(problem: string) {
    super('helper_bad_request', 400, problem)
  }
}

export class NoSuchPathError extends CodedError {
  override readonly name = 'NoSuchPathError'
  constructor(what: string) {
    super('helper_no_such_path', 404, `${what} is not part of the API of the helper.`)
  }
}

export class NoServerError extends CodedError {
  override readonly name = 'NoServerError'
  constructor() {
    super('helper_no_server', 404, 'The helper has no such server, or it belongs to another hub.')
  }
}

export class ConflictError extends CodedError {
  override readonly name = 'ConflictError'
  constructor(problem: string) {
    super('helper_conflict', 409, problem)
  }
}

/** The policy of the host says no. The message may be shown to the user. */
export class NotAllowedError extends CodedError {
  override readonly name = 'NotAllowedError'
  constructor(what: string) {
    super('helper_not_allowed', 403, `The policy of the host does not allow it: ${what}`)
  }
}

export class NoAccountError extends CodedError {
  override readonly name = 'NoAccountError'
  constructor(user: string) {
    super('helper_no_account', 404, `There is no account ${user} on the host. Ask your administrator to create one.`)
  }
}

export class HostFullError extends CodedError {
  override readonly name = 'HostFullError'
  constructor(what: string) {
    super('helper_full', 503, `${what} Stop a server that is not needed, or try again later.`)
  }
}

export class DiskFullError extends CodedError {
  override readonly name = 'DiskFullError'
  constructor(options?: ErrorOptions) {
    super('helper_disk_full', 507, 'The disk of the host is full. Tell your administrator.', options)
  }
}

/** sudo or the mediator did not do what they were asked. */
export class MediatorError extends CodedError {
  override readonly name = 'MediatorError'
  constructor(problem: string, options?: ErrorOptions) {
    super('mediator_failed', 502, problem, options)
  }
}

export class HelperSetupError extends CodedError {
  override readonly name = 'HelperSetupError'
  constructor(problem: string, options?: ErrorOptions) {
    super('helper_setup', 500, problem, options)
  }
}
