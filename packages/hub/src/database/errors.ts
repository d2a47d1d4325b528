import { CodedError } from '@hub/api'

/** A statement failed. What it was given stays out of the error, for it may hold hashes and codes. */
export class DatabaseError extends CodedError {
  override readonly name: string = 'DatabaseError'

  constructor(message: string, options?: ErrorOptions, code = 'database_failed', status = 500) {
    super(code, status, message, options)
  }
}

/** A row with this unique value exists already. */
export class DuplicateError extends DatabaseError {
  override readonly name = 'DuplicateError'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'database_duplicate', 409)
  }
}

/** When to try again after the database was slow or away, for programs. */
const retryAfter = { 'Retry-After': '5' }

/** A statement, or the wait for the turn to write, took longer than allowed. */
export class DatabaseTimeoutError extends DatabaseError {
  override readonly name = 'DatabaseTimeoutError'
  readonly headers = retryAfter

  constructor(what: string, timeoutMs: number, options?: ErrorOptions) {
    super(
      `The database took more than ${timeoutMs} ms for ${what}; try again in a moment.`,
      options,
      'database_timeout',
      503,
    )
  }
}

/** The database cannot be used as it is; the hub does not start and says what to do. */
export class DatabaseSchemaError extends CodedError {
  override readonly name = 'DatabaseSchemaError'

  constructor(code: 'database_outdated' | 'database_too_old' | 'database_unknown_revision', message: string) {
    super(code, 500, message)
  }
}

/** The database cannot be reached or opened at all. */
export class DatabaseUnavailableError extends CodedError {
  override readonly name: string = 'DatabaseUnavailableError'
  readonly headers = retryAfter

  constructor(message: string, options?: ErrorOptions, code = 'database_unavailable') {
    super(code, 503, message, options)
  }
}

/** What was to be written does not fit on the disk of the database any more; nothing of it was. */
export class DatabaseFullError extends DatabaseUnavailableError {
  override readonly name = 'DatabaseFullError'

  constructor(options?: ErrorOptions) {
    super(
      'The hub cannot write to its database: the disk is full. Nothing was changed. Tell your administrator.',
      options,
      'database_full',
    )
  }
}

/** `db_url` is not one that this hub can open. */
export class DatabaseUrlError extends CodedError {
  override readonly name = 'DatabaseUrlError'

  constructor(message: string) {
    super('database_url_invalid', 500, message)
  }
}

/** What a request is told while the database is away; the reason is for the log. */
export const databaseAway = (cause: unknown): DatabaseUnavailableError =>
  new DatabaseUnavailableError(
    'The database of the hub cannot be used at the moment. Try again shortly; if it lasts, tell the administrator.',
    { cause },
  )

/** The same may work later: the database did not answer, or not in time. */
export const isDatabaseAway = (error: unknown): boolean =>
  error instanceof DatabaseUnavailableError || error instanceof DatabaseTimeoutError
