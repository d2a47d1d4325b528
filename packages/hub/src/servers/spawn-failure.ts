import { HubError, publicError } from '../http/hub-error.js'

/** What people are told whose server did not come up in time; the details are for the log. */
const unreachable = 'Failed to reach your server.  Please try again later.  Contact admin if the issue persists.'

/** `start` did not return, or the server did not answer, within its time. */
export class SpawnTimeoutError extends HubError {
  override readonly name = 'SpawnTimeoutError'
  constructor(readonly logText: string) {
    super('spawn_timeout', 500, unreachable, { reason: 'timeout' })
  }
}

/** The process ended before it answered. */
export class ServerExitedError extends HubError {
  override readonly name = 'ServerExitedError'
  constructor(userName: string, exitCode: number | null) {
    super(
      'server_exited',
      500,
      `Spawner failed to start [status=${exitCode ?? 'unknown'}]. The logs for ${userName} may contain details.`,
      { reason: 'exited' },
    )
  }
}

/** Somebody stopped the server while it was starting. */
export class SpawnCancelledError extends HubError {
  override readonly name = 'SpawnCancelledError'
  constructor() {
    super('spawn_cancelled', 409, 'Spawn cancelled', { reason: 'cancelled' })
  }
}

export interface SpawnFailure {
  readonly status: number
  readonly message: string
  readonly messageHtml?: string
  /** Only errors of the server or its spawner count towards `consecutive_failure_limit`. */
  readonly kind: 'failure' | 'error'
  /** Label of the spawn metric. */
  readonly reason: string
}

/** What of the error is kept with the server and shown to its user. */
export function spawnFailure(error: unknown): SpawnFailure {
  const told = publicError(error)
  const kind = told.status < 500 ? 'failure' : 'error'
  const timedOut = error instanceof SpawnTimeoutError || !(error instanceof Error)
  return {
    status: told.status,
    message: told.message,
    kind,
    reason: timedOut ? '' : (told.reason ?? (kind === 'failure' ? 'error' : '')),
    ...(told.messageHtml === undefined ? {} : { messageHtml: told.messageHtml }),
  }
}
