import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { constants } from 'node:os'
import type { HelperSignal } from '@hub/api'
import type { Log } from '@hub/api/base'
import type { Account } from '@hub/api/accounts'
import { hasCode, identifyProcess, isAlive, PortPicker } from '@hub/spawner/host'
import { type Cgroups, enterCgroup } from './cgroups.js'
import { type HelperSettings, parseRange } from './config.js'
import { ConflictError, DiskFullError, MediatorError, NoServerError } from './errors.js'
import { lastLines, openLog } from './log-file.js'
import { Mediator, removeAnswer } from './mediator.js'
import { allowedAccount, allowedCommand, allowedLimits, assertAllowedStart, assertRoom } from './policy.js'
import { portInRange } from './port-range.js'
import type { Limits, ServerRecord } from './server-record.js'
import type { StateFile } from './state-file.js'
import { endServer, type StopStep } from './end-server.js'

export interface ReserveRequest {
  readonly user: string
  readonly serverName: string
  readonly ip: string
  readonly command: string
  readonly limits: Limits
}

/** A stop that comes before its start wins, for as long as the start can still be on its way. */
const TOMBSTONE_MS = 10 * 60_000
const TAIL_LINES = 20
const END_AT_ONCE: readonly StopStep[] = [{ signal: 'SIGKILL', seconds: 5 }]

/** The servers of this host: what each is at, and the ways from one phase to the next. */
export class Servers {
  readonly records = new Map<string, ServerRecord>()
  /** Emits `exited` with the record. */
  readonly events = new EventEmitter<{ exited: [ServerRecord] }>()
  readonly #ports: PortPicker
  readonly #mediator: Mediator
  readonly #starting = new Map<string, Promise<unknown>>()
  readonly #stoppedUnknown = new Map<string, number>()

  constructor(
    private readonly settings: HelperSettings,
    private readonly state: StateFile,
    readonly cgroups: Cgroups | undefined,
    private readonly log: Log,
  ) {
    // One listener a stream, and there may be many.
    this.events.setMaxListeners(0)
    this.#mediator = new Mediator(settings)
    const range = parseRange(settings.port_range)
    this.#ports = new PortPicker(undefined, ...(range === undefined ? [] : [portInRange(range)]))
  }

  logOf(id: string): string {
    return this.state.pathOf('logs', `${id}.log`)
  }

  answerOf(id: string): string {
    return this.state.pathOf('answers', `${id}.json`)
  }

  async makeFolders(): Promise<void> {
    await mkdir(this.state.pathOf('logs'), { recursive: true, mode: 0o700 })
    await mkdir(this.state.pathOf('answers'), { recursive: true, mode: 0o700 })
  }

  save(): Promise<void> {
    return this.state.save(this.records)
  }

  /** The server of that hub. @throws NoServerError, also for the servers of other hubs */
  of(hub: string, id: string): ServerRecord {
    const record = this.records.get(id)
    if (record === undefined || record.facts.hub !== hub) throw new NoServerError()
    return record
  }

  /** Takes a place and a port. @throws NotAllowedError, NoAccountError, HostFullError */
  async reserve(hub: string, request: ReserveRequest): Promise<{ record: ServerRecord; account: Account }> {
    const { user, serverName, command } = request
    allowedCommand(command, this.settings)
    const limits = allowedLimits(request.limits, this.settings)
    const account = await allowedAccount(user, this.settings)
    const port = await this.#ports.pick(request.ip)
    // No wait between the check and the entry, or two requests would take the last place.
    assertRoom(user, this.records.values(), this.settings)
    const facts = {
      ...{ id: randomUUID(), hub, user, uid: account.uid, serverName, command, port, limits },
      createdAt: new Date(),
    }
    const record: ServerRecord = { facts, phase: { at: 'reserved' }, cgroup: null, enforced: false }
    this.records.set(facts.id, record)
    return { record, account }
  }

  /** Starts what was reserved. @throws ConflictError, NotAllowedError, MediatorError */
  async start(
    record: ServerRecord,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { id } = record.facts
    if (record.phase.at !== 'reserved') throw new ConflictError('The server has been started already.')
    if (this.#stoppedUnknown.has(id)) throw new ConflictError('The server has been stopped before it was started.')
    assertAllowedStart(args, environment, this.settings)
    record.phase = { at: 'starting', since: new Date() }
    const starting = this.#start(record, args, environment)
    this.#starting.set(id, starting)
    try {
      await starting
    } finally {
      this.#starting.delete(id)
    }
  }

  /** Ends the server and all its processes. @throws ProcessNeverDiedError */
  async stop(hub: string, id: string, steps: readonly StopStep[]): Promise<void> {
    const record = this.records.get(id)
    if (record === undefined || record.facts.hub !== hub || record.phase.at === 'reserved') {
      if (record?.facts.hub === hub) this.records.delete(id)
      this.#rememberStop(id)
      return
    }
    // What a start under way has begun can be ended once it is known.
    await this.#starting.get(id)?.catch(() => undefined)
    if (record.phase.at !== 'running') return
    await endServer(record, record.phase.identity, steps, {
      kill: (pid, signal) => this.#kill(record, pid, signal),
      log: this.log,
    })
    await this.exited(record)
  }

  /** @returns whether it was there */
  async signal(record: ServerRecord, signal: HelperSignal): Promise<boolean> {
    if (record.phase.at !== 'running' || !(await isAlive(record.phase.identity))) return false
    return this.#kill(record, record.phase.identity.pid, signal)
  }

  /** Looks whether a server that ran runs still. */
  async refresh(record: ServerRecord): Promise<void> {
    const { phase } = record
    if (phase.at !== 'running' || (await isAlive(phase.identity))) return
    // Its children are told from others' by the cgroup alone, now that their parent is gone.
    if (record.phase !== phase) return
    if (record.cgroup !== null)
      await endServer(record, phase.identity, [], { kill: () => Promise.resolve(false), log: this.log })
    await this.exited(record)
  }

  /** Notes that a server has ended. */
  async exited(record: ServerRecord): Promise<void> {
    if (record.phase.at === 'exited') return
    const pid = record.phase.at === 'running' ? record.phase.identity.pid : null
    record.phase = { at: 'exited', pid, when: new Date() }
    this.log.info('server ended', { ...namesOf(record), pid })
    this.events.emit('exited', record)
    await this.save()
  }

  /** Reservations that nobody used, and stops that no start came for. */
  forgetOld(now: number, reservedMs: number): void {
    for (const [id, { phase, facts }] of this.records) {
      if (phase.at === 'reserved' && facts.createdAt.getTime() + reservedMs < now) this.records.delete(id)
    }
    for (const [id, until] of this.#stoppedUnknown) {
      if (until > now) return
      this.#stoppedUnknown.delete(id)
    }
  }

  async #start(
    record: ServerRecord,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { id, user, command, limits } = record.facts
    const made = await this.cgroups?.make(id, limits)
    record.cgroup = made?.folder ?? null
    const hasLimits = limits.memoryBytes !== null || limits.cpuCores !== null
    record.enforced = hasLimits && made?.enforced === true
    const log = await openLog(this.logOf(id))
    try {
      // On disk before sudo is run: a helper that is killed now looks for the answer when it comes back.
      await this.save()
      const pid = await this.#mediator.spawn({
        user,
        mediator: allowedCommand(command, this.settings),
        enter: record.cgroup === null ? [] : enterCgroup(record.cgroup),
        args,
        environment,
        log,
        answerFile: this.answerOf(id),
      })
      record.phase = { at: 'running', identity: await identifyProcess(pid) }
      await this.save()
      await removeAnswer(this.answerOf(id))
      this.log.info('server started', { ...namesOf(record), pid })
    } catch (error) {
      throw await this.#failed(record, error, environment)
    } finally {
      await log.close()
    }
  }

  async #failed(record: ServerRecord, error: unknown, environment: Readonly<Record<string, string>>): Promise<unknown> {
    const tail = withoutSecrets(await lastLines(this.logOf(record.facts.id), TAIL_LINES), environment)
    this.log.warn('server did not start', { ...namesOf(record), error, tail })
    // It may run by now, though it could not be noted.
    const identity = record.phase.at === 'running' ? record.phase.identity : undefined
    if (identity !== undefined || record.cgroup !== null)
      await endServer(record, identity, END_AT_ONCE, {
        kill: (pid, signal) => this.#kill(record, pid, signal),
        log: this.log,
      })
    await this.exited(record).catch((failure: unknown) => {
      this.log.error('the end of a server could not be written down', { ...namesOf(record), error: failure })
    })
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) return new DiskFullError({ cause: error })
    if (!(error instanceof MediatorError)) return error
    return new MediatorError([error.message + hintFor(tail), ...tail].join('\n'), { cause: error })
  }

  #kill({ facts }: ServerRecord, pid: number, signal: NodeJS.Signals): Promise<boolean> {
    return this.#mediator.kill(facts.user, allowedCommand(facts.command, this.settings), pid, constants.signals[signal])
  }

  #rememberStop(id: string): void {
    this.#stoppedUnknown.delete(id)
    this.#stoppedUnknown.set(id, Date.now() + TOMBSTONE_MS)
  }
}

export function namesOf({ facts }: ServerRecord): Record<string, string> {
  const { id, hub, user, serverName } = facts
  return { id, hub, user, server: serverName }
}

/** What sudo says is for administrators of sudo; say what to do about it. */
function hintFor(tail: readonly string[]): string {
  const text = tail.join('\n')
  if (/password is required|not allowed to execute|may not run sudo|is not in the sudoers/.test(text))
    return ' sudo does not let the helper run the command: look at the rule in /etc/sudoers.d, with `sudo -l -U` its account.'
  if (/no new privileges/.test(text)) return ' The unit of the helper must not set NoNewPrivileges.'
  if (/could not be started.*ENOENT|No such file/.test(text))
    return ' The program sudospawner-singleuser or jupyterhub-singleuser must stand beside the command.'
  return ''
}

/** A server may print its environment; what looks like a secret of the hub is not shown on. */
function withoutSecrets(lines: readonly string[], environment: Readonly<Record<string, string>>): string[] {
  const secrets = Object.entries(environment)
    .filter(([name, value]) => /TOKEN|SECRET|PASSWORD|KEY$/i.test(name) && value.length >= 6)
    .map(([, value]) => value)
  return lines.map((line) => secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line))
}
