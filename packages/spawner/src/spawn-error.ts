import { CodedError, knownAcrossCopies } from '@hub/api'

export interface SpawnErrorOptions {
  /** Short word for the metrics label, such as `no_account`. */
  readonly reason: string
  /** What the user may read. Say what to do next. */
  readonly message: string
  /** HTML shown instead of `message` on pages; a trusted fragment, it is not escaped. */
  readonly messageHtml?: string
  /** What the hub logs instead of `message`. */
  readonly logMessage?: string
  /**
   * What the server printed before it ended, oldest first, where the spawner knows it only now; shown with secrets masked. Otherwise
   * `lastLogLines` is asked.
   */
  readonly lastLines?: readonly string[]
  /** Status of the request that asked for the start; 400 by default. */
  readonly statusCode?: number
  /** Added to the response, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/**
 * A start that cannot be, for a reason the user is told. It does not count towards `consecutive_failure_limit`, unless its
 * status is 500 or more. Any other error thrown by a spawner is shown as a bare 500.
 *
 * @see JupyterHub `SpawnException`
 */
export class SpawnError extends CodedError {
  static {
    knownAcrossCopies(this, 'spawner/SpawnError')
  }
  override readonly name = 'SpawnError'
  readonly reason: string
  readonly messageHtml: string | undefined
  readonly logMessage: string
  readonly headers: Readonly<Record<string, string>>
  readonly lastLines: readonly string[]

  constructor(options: SpawnErrorOptions) {
    super(
      'spawn_failed',
      options.statusCode ?? 400,
      options.message,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.reason = options.reason
    this.messageHtml = options.messageHtml
    this.logMessage = options.logMessage ?? options.message
    this.headers = options.headers ?? {}
    this.lastLines = options.lastLines ?? []
  }
}
