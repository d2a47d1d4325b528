export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError'
  readonly code = 'ECONNRESET'
  constructor() {
    super('the target closed the connection before its answer was complete')
  }
}

export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('the target did not accept the connection in time')
  }
}

export class TargetTimeoutError extends Error {
  override readonly name = 'TargetTimeoutError'
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('the target was silent for too long')
  }
}
