import { randomUUID } from 'node:crypto'
import { access, constants, rm } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { CertificatePaths } from '@hub/api'
import type { Account } from '@hub/api/accounts'
import type { Configurable } from '@hub/config'
import type { AccountVariables, PollResult, ServerAddress, Started, StartRequest, StopOptions } from '../contract.js'
import { accountNamed } from '../local/accounts.js'
import { listenHost } from '../local/listen-host.js'
import { PortPicker } from '../local/ports.js'
import { linesOf } from '../local/server-log.js'
import { orAborted } from '../or-aborted.js'
import { assertPlainName } from '../plain-name.js'
import { SpawnError } from '../spawn-error.js'
import { Spawner } from '../spawner.js'
import { whenGone } from '../when-gone.js'
import { certificatesIn, writeCertificates, writeEnvironmentFile } from './environment-file.js'
import { expand, type UnitNames } from './expand.js'
import { startProblem } from './start-problem.js'
import { type SystemdConfig, systemdConfigurable } from './systemd-config.js'
import { assertAnswered, assertVersion, type SystemdHost, thisHost } from './systemd-host.js'
import { runtimeDirectory, stateDirectory, unitName } from './unit-name.js'
import { unitProperties, unitUser } from './unit-properties.js'
import { isUp, pollResult, type UnitState, UnitStates } from './unit-states.js'

const ports = new PortPicker()
const knownStates = new WeakMap<SystemdHost, UnitStates>()
const knownGood = new WeakSet<SystemdHost>()

/** `unit_name` is upstream's; with the address a hub that was killed during a start finds the server again. */
export type UnitServer = {
  readonly unit_name?: string
  /** Tells this run of the unit from earlier and later ones; absent in upstream's rows. */
  readonly start_id?: string
  readonly host?: string
  readonly port?: number
}

/**
 * Starts servers as transient units of systemd, which keeps each to its limits and ends it with all its processes.
 *
 * @see systemdspawner `SystemdSpawner`
 */
export class SystemdSpawner extends Spawner<UnitServer, SystemdConfig> {
  static override readonly configurable: Configurable = systemdConfigurable

  /** Whose systemd. */
  protected readonly host: SystemdHost = thisHost
  /** Of the start that is under way. */
  #certificates: CertificatePaths | undefined

  override async start(request: StartRequest<UnitServer>, signal: AbortSignal): Promise<Started<UnitServer>> {
    assertPlainName(this.user.name)
    await this.#assertUsable(signal)
    const account = await this.#account()
    const host = listenHost(this.config.ip, this.log)
    const address = { host, port: this.config.port === 0 ? await ports.pick(host) : this.config.port }
    const env = this.#withPaths(await this.env(request, address))
    const command = await this.#command(env['PATH'] ?? '')
    const unit = unitName(this.config.unit_name_template, this.#names())
    const reachedAt = { ...address, host: host === '' ? '127.0.0.1' : host }
    const state = { unit_name: unit, start_id: randomUUID(), ...reachedAt }
    signal.throwIfAborted()
    // Noted before it exists: systemd finds it by its name, whenever the hub is killed.
    await orAborted(request.save(state), signal)
    try {
      await this.#clear(unit, account, signal)
      await this.#run({ unit, startId: state.start_id, account, env, command }, signal)
      signal.throwIfAborted()
      return { address: reachedAt, state }
    } catch (error) {
      if (signal.aborted) await this.stop(state, { now: true }, AbortSignal.timeout(30_000))
      // systemd removes them with the unit, where they came to have one.
      const file = this.#environmentFile(state)
      await rm(file, { force: true })
      if (this.#certificates !== undefined) await rm(certificatesIn(dirname(file)).keyFile, { force: true })
      throw error
    }
  }

  override async poll(stored: UnitServer): Promise<PollResult> {
    const state = await this.#stateOf(stored)
    return state === undefined ? { status: 'exited', code: null } : pollResult(state)
  }

  /** systemd ends everything the unit has started. */
  override async stop(stored: UnitServer, { now }: StopOptions, signal: AbortSignal): Promise<void> {
    const { unit_name: unit } = stored
    if (unit === undefined || (await this.#stateOf(stored)) === undefined) return
    if (now) await this.host.run('systemctl', ['kill', '--signal=SIGKILL', '--', `${unit}.service`], signal)
    await this.#end(unit, signal)
    // What a failed start leaves in the list of failed units; most often there is nothing.
    await this.host.run('systemctl', ['reset-failed', '--', `${unit}.service`], signal)
  }

  override onExit(stored: UnitServer, callback: (result: PollResult) => void): (() => void) | undefined {
    return whenGone(() => this.poll(stored), callback)
  }

  override addressOf({ host, port }: UnitServer): Promise<ServerAddress | undefined> {
    return Promise.resolve(host === undefined || port === undefined ? undefined : { host, port })
  }

  override async lastLogLines(stored: UnitServer, count: number, signal: AbortSignal): Promise<string[]> {
    const invocation = (await this.#stateOf(stored))?.invocation ?? ''
    if (invocation === '') return []
    const args = ['--quiet', '--no-pager', '--output=cat', `--lines=${count}`, `_SYSTEMD_INVOCATION_ID=${invocation}`]
    return linesOf((await this.host.run('journalctl', args, signal)).stdout)
  }

  /** Into the runtime directory of the unit, which the server has for itself; they are written with the variables. */
  override moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    this.#certificates = paths
    const unit = unitName(this.config.unit_name_template, this.#names())
    return Promise.resolve(certificatesIn(join('/run', runtimeDirectory(unit))))
  }

  protected override async accountVariables(): Promise<AccountVariables> {
    const account = await this.#account()
    const SHELL = this.config.default_shell
    if (account !== undefined) return { USER: account.name, HOME: account.home, SHELL }
    return { USER: this.user.name, HOME: this.#stateHome(), SHELL }
  }

  /** Undefined: there is no such unit, or it is another start's. */
  async #stateOf({ unit_name: unit, start_id: startId }: UnitServer): Promise<UnitState | undefined> {
    if (unit === undefined) return undefined
    const state = await this.#states.of(unit)
    return startId === undefined || state.environmentFiles.includes(startId) ? state : undefined
  }

  get #states(): UnitStates {
    const known = knownStates.get(this.host) ?? new UnitStates(this.host)
    knownStates.set(this.host, known)
    return known
  }

  #names(): UnitNames {
    return { USERNAME: this.user.name, USERID: String(this.user.id), SERVERNAME: this.serverName }
  }

  #stateHome(): string {
    return `/var/lib/${stateDirectory(this.#names())}`
  }

  #environmentFile({ unit_name: unit = '', start_id: startId = '' }: UnitServer): string {
    return join(this.host.runDirectory, runtimeDirectory(unit), `${startId}.env`)
  }

  async #assertUsable(signal: AbortSignal): Promise<void> {
    if (knownGood.has(this.host)) return
    await assertVersion(this.host, signal)
    knownGood.add(this.host)
  }

  /** Undefined with dynamic users. */
  async #account(): Promise<Account | undefined> {
    if (this.config.dynamic_users) return undefined
    return accountNamed(expand(this.config.username_template, this.#names()))
  }

  #withPaths(env: Record<string, string>): Record<string, string> {
    const extra = this.config.extra_paths.map((path) => expand(path, this.#names()))
    const path = env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    return { ...env, PATH: [...extra, path].join(':') }
  }

  /** With the program as an absolute path: systemd would look for it on its own PATH. */
  async #command(path: string): Promise<string[]> {
    const words = [...(this.config.cmd ?? []), ...this.args()].map((word) => expand(word, this.#names()))
    const [program, ...rest] = words
    if (program === undefined) throw noProgram('Spawner.cmd is not set.')
    if (isAbsolute(program)) return words
    for (const folder of path.split(':')) {
      const candidate = join(folder, program)
      if (folder !== '' && (await mayRun(candidate))) return [candidate, ...rest]
    }
    throw noProgram(`The program ${program} is not on the PATH of the server, which is ${path}.`)
  }

  /** A unit of that name is of an earlier start, which the hub has lost; it holds a token that is good for nothing now. */
  async #clear(unit: string, account: Account | undefined, signal: AbortSignal): Promise<void> {
    const before = await this.#states.of(unit)
    if (isUp(before)) {
      if (before.user !== unitUser(account, this.#names())) throw unitOfAnother(unit)
      this.log.warn('a unit of the same name is running; it is stopped', { unit })
      await this.#end(unit, signal)
    }
    if (before.active === 'failed') await this.host.run('systemctl', ['reset-failed', '--', `${unit}.service`], signal)
  }

  async #end(unit: string, signal: AbortSignal): Promise<void> {
    const ran = await this.host.run('systemctl', ['stop', '--', `${unit}.service`], signal)
    assertAnswered(ran)
    // "Not loaded" is an error of systemctl too, and means that it is gone.
    if (ran.code !== 0 && isUp(await this.#states.of(unit)))
      throw new Error(`systemctl stop ${unit} failed with ${ran.code}: ${ran.stderr.trim()}`)
  }

  async #run(
    what: {
      readonly unit: string
      readonly startId: string
      readonly account: Account | undefined
      readonly env: Readonly<Record<string, string>>
      readonly command: readonly string[]
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { unit, startId, account, env, command } = what
    const names = this.#names()
    const { config } = this
    const directory = runtimeDirectory(unit)
    const workingDirectory =
      account === undefined
        ? this.#stateHome()
        : config.user_workingdir === null
          ? account.home
          : expand(config.user_workingdir, names)
    const environmentFile = this.#environmentFile({ unit_name: unit, start_id: startId })
    await writeEnvironmentFile(environmentFile, env, this.log)
    if (this.#certificates !== undefined) await writeCertificates(dirname(environmentFile), this.#certificates)
    this.log.info('spawning', { unit, command: command.join(' ') })
    const ran = await this.host.run(
      'systemd-run',
      [
        '--quiet',
        `--unit=${unit}`,
        `--working-directory=${workingDirectory}`,
        ...(config.slice === null ? [] : [`--slice=${expand(config.slice, names)}`]),
        ...unitProperties({
          unit,
          names,
          config,
          account,
          environmentFile: `/run/${directory}/${basename(environmentFile)}`,
        }),
        '--',
        ...command,
      ],
      signal,
    )
    assertAnswered(ran)
    if (ran.code === 0) return
    throw startProblem({
      unit,
      account: account?.name ?? `jupyter-${names.USERID}`,
      directory: workingDirectory,
      program: command[0] ?? '',
      state: await this.#states.of(unit),
      ran,
    })
  }
}

function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function unitOfAnother(unit: string): SpawnError {
  return new SpawnError({
    reason: 'unit_of_another',
    statusCode: 500,
    message: 'The server could not be started: its unit belongs to another user. Tell your administrator.',
    logMessage: `${unit}.service is another user's. SystemdSpawner.unit_name_template must tell servers apart; without {SERVERNAME} it does.`,
  })
}

function noProgram(why: string): SpawnError {
  return new SpawnError({
    reason: 'no_program',
    statusCode: 500,
    message: 'The server could not be started because its program was not found. Tell your administrator.',
    logMessage: `${why} Set Spawner.cmd to the absolute path of the program, or extend SystemdSpawner.extra_paths.`,
  })
}
