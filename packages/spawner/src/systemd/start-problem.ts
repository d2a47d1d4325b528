import { SpawnError } from '../spawn-error.js'
import type { Ran } from './systemd-host.js'
import type { UnitState } from './unit-states.js'

export interface FailedUnit {
  readonly unit: string
  readonly account: string
  readonly directory: string
  readonly program: string
  readonly state: UnitState
  readonly ran: Ran
}

interface Told {
  readonly reason: string
  readonly text: (failed: FailedUnit) => string
}

/** Exit statuses that systemd itself gives a process which it could not make into the program; see systemd.exec(5). */
const BEFORE_THE_PROGRAM: Readonly<Record<number, Told>> = {
  200: {
    reason: 'no_directory',
    text: ({ directory, account }) => `The directory ${directory} does not exist, or ${account} may not enter it.`,
  },
  203: { reason: 'no_program', text: ({ program, account }) => `${account} cannot run the program ${program}.` },
  216: { reason: 'no_group', text: ({ account }) => `The groups of ${account} could not be set.` },
  217: { reason: 'no_account', text: ({ account }) => `There is no account ${account} on the host.` },
  226: {
    reason: 'bad_paths',
    text: () =>
      'A path that the server is to be confined to does not exist (readonly_paths, readwrite_paths, isolate_tmp).',
  },
  233: { reason: 'no_runtime_directory', text: () => 'The runtime directory could not be made: is /run full?' },
  238: { reason: 'no_state_directory', text: () => 'The state directory could not be made: is /var/lib full?' },
}

/** Of a unit that did not come up. */
export function startProblem(failed: FailedUnit): SpawnError {
  const { unit, state, ran } = failed
  // Looked for by systemd-run itself, before there is a unit.
  const told = BEFORE_THE_PROGRAM[/Failed to find executable/.test(ran.stderr) ? 203 : (state.code ?? 0)]
  const printed = ran.stderr.trim()
  const text =
    told?.text(failed) ?? (state.code === null ? 'systemd refused.' : `It ended at once, with status ${state.code}.`)
  return new SpawnError({
    reason: told?.reason ?? 'launch_failed',
    statusCode: 500,
    message: `The server could not be started. ${text} Tell your administrator.`,
    logMessage:
      `${text} Unit ${unit}.service, result ${state.result || 'unknown'}, status ${state.code ?? 'unknown'}; ` +
      `\`journalctl -u '${unit}'\` may tell more.${printed === '' ? '' : ` systemd-run printed: ${printed}`}`,
  })
}
