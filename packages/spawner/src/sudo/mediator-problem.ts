import { linesOf } from '../local/server-log.js'
import { SpawnError, type SpawnErrorOptions } from '../spawn-error.js'
import type { MediatorCall } from './mediator.js'

/** sudo or the mediator did not do what it was asked for. */
export class MediatorError extends SpawnError {}

export interface MediatorEnd {
  /** Null: it could not be run, or ran out of time. */
  readonly code: number | null
  readonly stderr: readonly string[]
  readonly error?: unknown
}

interface Problem {
  readonly reason: string
  /** In the output of sudo. */
  readonly sign: RegExp
  /** For the administrator. */
  readonly advice: (call: MediatorCall) => string
}

const rule = ({ userName, mediator }: MediatorCall): string =>
  `a rule such as \`HUB_ACCOUNT ALL=(${userName}) NOPASSWD: ${mediator}\` (edit it with visudo)`

const PROBLEMS: readonly Problem[] = [
  {
    reason: 'sudo_password',
    sign: /password is required|a terminal is required|no tty present|no askpass/i,
    advice: (call) => `sudo wants a password. sudoers needs ${rule(call)}, for the very path that is configured.`,
  },
  {
    reason: 'sudo_refused',
    sign: /is not allowed to execute|is not in the sudoers file|may not run sudo/i,
    advice: (call) => `sudo refuses. sudoers needs ${rule(call)}.`,
  },
  {
    reason: 'sudo_no_new_privileges',
    sign: /no new privileges|effective uid is not 0|must be setuid root/i,
    advice: () =>
      'sudo cannot become root here. Switch NoNewPrivileges off in the unit of the hub, and whatever implies it; ' +
      'in a container allow new privileges.',
  },
  {
    reason: 'no_account',
    sign: /unknown user/i,
    advice: ({ userName }) => `the host has no account ${userName}.`,
  },
  {
    reason: 'no_mediator',
    sign: /command not found|no such file|unable to execute/i,
    advice: ({ mediator }) =>
      `the mediator ${mediator} is missing, or its account may not run it. Set SudoSpawner.sudospawner_path to its absolute path.`,
  },
]

/** What the user, and in more words the administrator, are told. */
export function mediatorProblem(call: MediatorCall, { code, stderr, error }: MediatorEnd): SpawnErrorOptions {
  const lines = linesOf(stderr.join('\n')).slice(-10)
  const known = PROBLEMS.find(({ sign }) => lines.some((line) => line.startsWith('sudo:') && sign.test(line)))
  const what =
    known?.advice(call) ??
    (error === undefined
      ? `${call.mediator} ended with ${code === null ? 'no answer in time' : `exit code ${code} and no answer that can be read`}.`
      : 'sudo cannot be run: is it installed, and on the PATH of the hub?')
  return {
    reason: known?.reason ?? 'mediator_failed',
    statusCode: 500,
    message: `The hub could not act as ${call.userName} on its host. Tell your administrator.`,
    cause: error,
    logMessage: `SudoSpawner, for ${call.userName}: ${what}${lines.length === 0 ? '' : ` It printed: ${lines.join(' | ')}`}`,
  }
}
