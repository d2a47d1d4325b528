import { CodedError } from '@hub/api'
import { SpawnError } from '../spawn-error.js'

/** What a helper answered, by the field that only its answers have; the class itself is loaded with the client. */
function answerOf(error: unknown): { readonly status: number; readonly detail: string } | undefined {
  if (!(error instanceof CodedError) || !('answerStatus' in error) || !('detail' in error)) return undefined
  return { status: Number(error.answerStatus), detail: String(error.detail) }
}

/** What the user is told of a start that the helper could not do. Other errors stay what they are. */
export function startError(error: unknown, helper: string): unknown {
  const answer = answerOf(error)
  if (answer === undefined)
    return error instanceof CodedError && error.code === 'helper_unreachable' ? away(error) : error
  // What the server printed stands below the sentence.
  const [sentence = '', ...lastLines] = answer.detail.split('\n')
  const reasons: Readonly<Record<number, string>> = { 403: 'not_allowed', 507: 'disk_full' }
  return new SpawnError({
    reason: reasons[answer.status] ?? 'launch_failed',
    statusCode: answer.status === 403 ? 403 : 500,
    message: `The server could not be started. ${sentence}`,
    logMessage: `The helper ${helper} answered ${answer.status}: ${sentence}`,
    lastLines,
    cause: error,
  })
}

/** No host would have the server: the reason that helps the user most, of those that they gave. */
export function noPlaceError(failures: readonly unknown[]): unknown {
  const answers = failures.map(answerOf).filter((answer) => answer !== undefined)
  const full = answers.find(({ status }) => status === 503)
  const refused = answers.find(({ status }) => status === 403) ?? answers.find(({ status }) => status === 404)
  const told = full ?? refused
  if (told !== undefined) {
    return new SpawnError({
      reason: told === full ? 'no_room' : 'not_allowed',
      statusCode: told === full ? 503 : 403,
      message: `The server could not be started. ${told.detail}`,
    })
  }
  const wrongToken = answers.find(({ status }) => status === 401)
  if (wrongToken !== undefined) {
    return new SpawnError({
      reason: 'helper_refused',
      statusCode: 500,
      message: 'The server could not be started because of a mistake in the configuration. Tell your administrator.',
      logMessage: `SudoHelperSpawner.helper_token is wrong. ${wrongToken.detail}`,
    })
  }
  if (failures.length === 0) {
    return new SpawnError({
      reason: 'no_room',
      statusCode: 503,
      message: 'The server could not be started: all hosts are full. Try again later.',
    })
  }
  return away(failures[0])
}

function away(cause: unknown): SpawnError {
  return new SpawnError({
    reason: 'helper_away',
    statusCode: 503,
    message:
      'The server could not be started: the hosts that run servers cannot be reached. Try again in a few minutes.',
    logMessage: `No sudospawner-helper can be reached. ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  })
}
