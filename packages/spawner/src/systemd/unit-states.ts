import type { PollResult } from '../contract.js'
import { assertAnswered, type SystemdHost } from './systemd-host.js'

/** What systemd knows of a unit. */
export interface UnitState {
  /** `active`, `activating`, `deactivating`, `failed`, `inactive`… */
  readonly active: string
  /** Status of the main process; negative: killed by that signal; null: not known. */
  readonly code: number | null
  /** Of this run of the unit, for its journal. */
  readonly invocation: string
  /** Files its variables come from: their names tell one start from another. */
  readonly environmentFiles: string
  /** Whom it runs as, as it was told. */
  readonly user: string
  /** Such as `exit-code`, `oom-kill`, `resources`. */
  readonly result: string
}

const PROPERTIES = 'Id,ActiveState,LoadState,ExecMainCode,ExecMainStatus,InvocationID,Result,EnvironmentFiles,User'
/** Questions of this long are put together: a thousand servers need not be a thousand processes. */
const GATHER_MS = 50
/** One call takes so many names. */
const MOST_AT_ONCE = 200
const DEADLINE_MS = 20_000

interface Question {
  readonly unit: string
  readonly resolve: (state: UnitState) => void
  readonly reject: (error: unknown) => void
}

/** Asks systemd about many units at a time. */
export class UnitStates {
  #questions: Question[] = []

  constructor(private readonly host: SystemdHost) {}

  /** @throws when systemd cannot be asked */
  of(unit: string): Promise<UnitState> {
    return new Promise((resolve, reject) => {
      this.#questions.push({ unit, resolve, reject })
      if (this.#questions.length === 1) setTimeout(() => void this.#askAll(), GATHER_MS)
    })
  }

  async #askAll(): Promise<void> {
    const questions = this.#questions
    this.#questions = []
    for (let start = 0; start < questions.length; start += MOST_AT_ONCE)
      await this.#ask(questions.slice(start, start + MOST_AT_ONCE))
  }

  async #ask(questions: readonly Question[]): Promise<void> {
    try {
      const units = [...new Set(questions.map(({ unit }) => `${unit}.service`))]
      const args = ['show', `--property=${PROPERTIES}`, '--', ...units]
      const ran = await this.host.run('systemctl', args, AbortSignal.timeout(DEADLINE_MS))
      assertAnswered(ran)
      // One paragraph for each, in the order of the names; a unit that is not there has one too.
      const paragraphs = ran.stdout.trim().split(/\n\n+/)
      if (ran.code !== 0 || paragraphs.length !== units.length)
        throw new Error(`systemctl show failed with ${ran.code}: ${ran.stderr.trim()}`)
      const states = new Map(units.map((unit, index) => [unit, parseState(paragraphs[index] ?? '')]))
      for (const { unit, resolve } of questions) resolve(states.get(`${unit}.service`) ?? parseState(''))
    } catch (error) {
      for (const { reject } of questions) reject(error)
    }
  }
}

function parseState(paragraph: string): UnitState {
  const values = new Map(
    paragraph.split('\n').map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  )
  const status = Number(values.get('ExecMainStatus') ?? Number.NaN)
  // CLD_EXITED is 1; CLD_KILLED and CLD_DUMPED, 2 and 3, come with a signal; 0: nothing has run.
  const how = Number(values.get('ExecMainCode') ?? 0)
  const isKnown = values.get('LoadState') === 'loaded' && how > 0 && Number.isInteger(status)
  return {
    active: values.get('ActiveState') ?? 'inactive',
    code: isKnown ? (how === 1 ? status : -status) : null,
    invocation: values.get('InvocationID') ?? '',
    result: values.get('Result') ?? '',
    user: values.get('User') ?? '',
    environmentFiles: values.get('EnvironmentFiles') ?? '',
  }
}

/** One that is being stopped, or waits to be started again by systemd, still exists. */
export function isUp({ active }: UnitState): boolean {
  return active !== 'inactive' && active !== 'failed'
}

export function pollResult(state: UnitState): PollResult {
  return isUp(state) ? { status: 'running' } : { status: 'exited', code: state.code }
}
