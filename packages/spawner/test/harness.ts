import { readFile } from 'node:fs/promises'
import { type JsonObject, type Log, type LogFields, silentLog } from '@hub/api'
import { type InputsOf, valuesWith } from '@hub/config'
import {
  LocalProcessSpawner,
  localProcessConfigurable,
  SimpleLocalProcessSpawner,
  simpleLocalProcessConfigurable,
  type SpawnerContext,
  type Started,
  type StartRequest,
} from '../src/index.js'
import type { ProcessState } from '../src/local/process-identity.js'
import { fakeRequest } from '../src/fake-request.js'

export const never: AbortSignal = new AbortController().signal

export interface RecordedEvent {
  readonly level: string
  readonly event: string
  readonly fields: LogFields | undefined
}

export function recordingLog(events: RecordedEvent[]): Log {
  const record =
    (level: string) =>
    (event: string, fields?: LogFields): void =>
      void events.push({ level, event, fields })
  const log: Log = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    child: () => log,
  }
  return log
}

export function contextOf(userName: string, log: Log = silentLog): Omit<SpawnerContext, 'config'> {
  return {
    user: { id: 7, name: userName, admin: false, groups: [] },
    serverName: '',
    displayName: '',
    spawnerId: 1,
    log,
    hubEnvironment: { PATH: '/usr/local/bin:/usr/bin:/bin', SECRET_OF_THE_HUB: 'x' },
    baseUrl: '/',
  }
}

/** Starts servers and ends what is left of them. */
export class Servers implements AsyncDisposable {
  readonly #started: ProcessState[] = []

  local(userName: string, config: InputsOf<typeof localProcessConfigurable>, log?: Log): LocalProcessSpawner {
    return new LocalProcessSpawner({
      ...contextOf(userName, log),
      config: valuesWith(localProcessConfigurable, config),
    })
  }

  simple(
    config: InputsOf<typeof simpleLocalProcessConfigurable>,
    log?: Log,
    userName = 'ada',
  ): SimpleLocalProcessSpawner {
    return new SimpleLocalProcessSpawner({
      ...contextOf(userName, log),
      config: valuesWith(simpleLocalProcessConfigurable, config),
    })
  }

  async start(
    spawner: LocalProcessSpawner | SimpleLocalProcessSpawner,
    request: Partial<StartRequest<ProcessState>> = {},
  ): Promise<Started<ProcessState>> {
    const save = async (state: ProcessState): Promise<void> => {
      this.#started.push(state)
      await request.save?.(state)
    }
    return spawner.start({ ...fakeRequest(spawner), ...request, save }, never)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const spawner = this.simple({ term_timeout: 0 })
    for (const state of this.#started) await spawner.stop(state, { now: true }, never)
  }
}

/** What /proc tells of a process. */
export const proc = {
  async environment(pid: number): Promise<Record<string, string>> {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8')
    const entries = text.split('\0').filter((entry) => entry !== '')
    return Object.fromEntries(
      entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    )
  },
  async commandLine(pid: number): Promise<string[]> {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
  },
  /** Such as `Uid`, `Gid`, `Groups`. */
  async status(pid: number, field: string): Promise<string[]> {
    const text = await readFile(`/proc/${pid}/status`, 'utf8')
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${field}:`)) ?? ''
    return line
      .slice(field.length + 1)
      .trim()
      .split(/\s+/)
  },
}

export function pidOf(state: JsonObject): number {
  return Number(state['pid'])
}
