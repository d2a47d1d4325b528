import { CodedError } from '@hub/api/base'

/** The environment that a hub gives to its servers is not there, or not whole. */
export class HubFactsError extends CodedError {
  override readonly name = 'HubFactsError'
  constructor(problem: string) {
    super(
      'singleuser_environment',
      500,
      `${problem} hub-singleuser is started by a hub, which tells it by environment variables; set it as Spawner.cmd.`,
    )
  }
}

export class AppStartError extends CodedError {
  override readonly name = 'AppStartError'
  constructor(problem: string, options?: ErrorOptions) {
    super('singleuser_app', 500, problem, options)
  }
}

/** Something is wrong between the hub and a visitor; the message is shown to the visitor. */
export class VisitorError extends CodedError {
  override readonly name = 'VisitorError'
  constructor(status: 400 | 403 | 404 | 500 | 502 | 503, message: string, options?: ErrorOptions) {
    super('singleuser_refused', status, message, options)
  }
}
