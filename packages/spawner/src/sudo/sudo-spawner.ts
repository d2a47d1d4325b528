import { constants } from 'node:os'
import type { CertificatePaths, JsonObject } from '@hub/api'
import type { Configurable } from '@hub/config'
import type { AccountVariables, PollResult, Started, StartRequest } from '../contract.js'
import { LocalProcessSpawner } from '../local/local-process-spawner.js'
import { identifyProcess, type ProcessState, readProcessState } from '../local/process-identity.js'
import type { ServerLog } from '../local/server-log.js'
import { serverLogs } from '../local/server-logs.js'
import { orAborted } from '../or-aborted.js'
import { SpawnError } from '../spawn-error.js'
import { askMediator, type MediatorRequest } from './mediator.js'
import { type SudoConfig, sudoConfigurable } from './sudo-config.js'
import { assertSudoUser } from './user-name.js'
import { whenGone } from '../when-gone.js'

/**
 * Starts servers as processes of this host through sudo and a mediator, so that the hub needs no privileges of its own.
 *
 * @see sudospawner `SudoSpawner`, whose mediator works with it, and the other way round
 */
export class SudoSpawner<Config extends SudoConfig = SudoConfig> extends LocalProcessSpawner<Config> {
  static override readonly configurable: Configurable = sudoConfigurable

  override async start(request: StartRequest<ProcessState>, signal: AbortSignal): Promise<Started<ProcessState>> {
    const { address, reachedAt } = await this.listenAddress(0)
    const env = await this.env(request, address)
    signal.throwIfAborted()
    this.log.info('spawning through sudo', { mediator: this.config.sudospawner_path, args: this.args() })
    const log = await serverLogs.create(this.log)
    try {
      const answer = await this.ask({ action: 'spawn', args: this.args(), env }, log)
      const pid = spawnedPid(answer) ?? (await this.#notStarted(answer, log))
      const state = await identifyProcess(pid)
      if (log !== undefined) serverLogs.keep(state, log)
      await this.#keep(state, request, signal)
      return { address: reachedAt, state }
    } catch (error) {
      await log?.close()
      throw error
    }
  }

  override onExit(stored: ProcessState, callback: (result: PollResult) => void): (() => void) | undefined {
    const state = readProcessState(stored)
    return state === undefined ? undefined : whenGone(() => this.poll(state), callback)
  }

  /** The hub may not write into the homes of its users. */
  override moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    if (process.getuid?.() === 0) return super.moveCerts(paths)
    return Promise.reject(
      new SpawnError({
        reason: 'no_internal_ssl',
        statusCode: 500,
        message: 'The server could not be started because of a mistake in the configuration. Tell your administrator.',
        logMessage:
          'A hub without rights cannot hand certificates to the servers of others. Switch JupyterHub.internal_ssl off; or have the hub run as ' +
          'root, with LocalProcessSpawner or SystemdSpawner.',
      }),
    )
  }

  protected override async accountVariables(): Promise<AccountVariables> {
    assertSudoUser(this.user.name)
    return super.accountVariables()
  }

  protected override async kill(pid: number, signal: NodeJS.Signals): Promise<void> {
    // `alive: false` in the answer is not heeded: the caller looks for itself whether the process is gone.
    await this.ask({ action: 'kill', pid, signal: constants.signals[signal] })
  }

  /** One exchange with the mediator of this user. */
  protected ask(request: MediatorRequest, log?: ServerLog): Promise<JsonObject> {
    const { config, user, context } = this
    assertSudoUser(user.name)
    return askMediator(
      {
        userName: user.name,
        sudoArgs: config.sudo_args,
        mediator: config.sudospawner_path,
        logLevel: config.mediator_log_level,
        path: context.hubEnvironment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
        stderr: {
          // Without a log of its own the server prints where the hub does; other requests start nothing.
          fd: log?.fd ?? (request.action === 'spawn' ? 2 : undefined),
          lastLines: async () => (await log?.lastLines(20)) ?? [],
        },
      },
      request,
    )
  }

  async #notStarted({ error }: JsonObject, log: ServerLog | undefined): Promise<never> {
    const why = typeof error === 'string' ? error : 'the mediator gave no pid'
    throw new SpawnError({
      reason: 'launch_failed',
      statusCode: 500,
      message: `The server could not be started: ${why}`,
      logMessage: `The mediator could not start the server of ${this.user.name}: ${why}`,
      lastLines: (await log?.lastLines(20).catch(() => [])) ?? [],
    })
  }

  /** The server runs already, for the mediator knows no go-ahead. What cannot be kept is ended. */
  async #keep(state: ProcessState, request: StartRequest<ProcessState>, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      await orAborted(request.save(state), signal)
      signal.throwIfAborted()
    } catch (error) {
      await this.stop(state, { now: true }, AbortSignal.timeout(60_000))
      throw error
    }
  }
}

function spawnedPid({ ok, pid }: JsonObject): number | undefined {
  return ok === true && typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}
