import { resolve } from 'node:path'
import type { CertificatePaths, ListenAddress } from '@hub/api'
import type { Account } from '@hub/api/accounts'
import type { Configurable } from '@hub/config'
import type { AccountVariables, PollResult, Started, StartRequest, StopOptions } from '../contract.js'
import { orAborted } from '../or-aborted.js'
import { SpawnError } from '../spawn-error.js'
import { Spawner } from '../spawner.js'
import { accountNamed } from './accounts.js'
import { moveCertificates } from './certificates.js'
import { commandLine, shellJoin } from './command-line.js'
import { type Launch, launch, type LaunchOutcome, type RunAs } from './launcher.js'
import { isPassableVariable } from './launcher-script.js'
import { startMark } from './leftovers.js'
import { listenHost } from './listen-host.js'
import { type LocalProcessConfig, localProcessConfigurable } from './local-process-config.js'
import { ownChildren } from './own-children.js'
import { endTree, holdTogether, type TreeOptions } from './process-tree.js'
import { readPopenKwargs, usesLog } from './popen-kwargs.js'
import { PortPicker } from './ports.js'
import { identifyProcess, isAlive, type ProcessState, readProcessState } from './process-identity.js'
import { runAs } from './run-as.js'
import type { ServerLog } from './server-log.js'
import { serverLogs } from './server-logs.js'
import { signalProcess, stopProcess, type StopStep } from './stop-process.js'

const ports = new PortPicker()

/** Where and as whom a server runs. */
export interface ProcessHome {
  readonly runAs: RunAs | undefined
  /** Absolute; empty: a fresh temporary directory. */
  readonly directory: string
}

/**
 * Starts servers as processes of this host, as the account of the user. They outlive the hub, which finds them again by pid.
 *
 * @see JupyterHub `LocalProcessSpawner`
 */
export class LocalProcessSpawner<Config extends LocalProcessConfig = LocalProcessConfig> extends Spawner<
  ProcessState,
  Config
> {
  static override readonly configurable: Configurable = localProcessConfigurable

  override async start(request: StartRequest<ProcessState>, signal: AbortSignal): Promise<Started<ProcessState>> {
    const { config, log } = this
    if (config.cmd === null) throw noCommand()
    const popen = readPopenKwargs(config.popen_kwargs)
    const home = await this.processHome()
    const { address, reachedAt } = await this.listenAddress(config.port)
    const environment = this.#passable(await this.env(request, address))
    const shellCmd = popen.shell && config.shell_cmd.length === 0 ? ['/bin/sh', '-c'] : config.shell_cmd
    const command = commandLine(config.cmd, this.args(), shellCmd)
    const directory = popen.cwd === undefined ? home.directory : resolve(popen.cwd)
    signal.throwIfAborted()

    log.info('spawning', { command: shellJoin(command) })
    const serverLog = usesLog(popen) ? await serverLogs.create(log) : undefined
    const logFd = serverLog?.fd
    const launched = await launch({ command, environment, directory, runAs: home.runAs, popen, logFd }).catch(
      async (error: unknown) => {
        await serverLog?.close()
        throw error
      },
    )
    const state = await this.#note(launched, serverLog, startMark(environment))
    await this.#letGo(launched, state, command, { request, signal })
    return { address: reachedAt, state }
  }

  override async poll(stored: ProcessState): Promise<PollResult> {
    const state = readProcessState(stored)
    if (state === undefined) return { status: 'exited', code: null }
    const own = ownChildren.poll(state)
    if (own !== undefined) return own
    if (await isAlive(state)) {
      serverLogs.adopt(state)
      return { status: 'running' }
    }
    serverLogs.closeLater(state)
    await endTree(state, this.#tree)
    return { status: 'exited', code: null }
  }

  override async stop(stored: ProcessState, { now }: StopOptions, signal: AbortSignal): Promise<void> {
    const state = readProcessState(stored)
    if (state === undefined) return
    const steps = now ? this.#stopSteps().slice(1) : this.#stopSteps()
    await stopProcess(
      state,
      steps,
      { children: ownChildren, log: this.log, kill: (pid, name) => this.kill(pid, name) },
      signal,
    )
    await endTree(state, this.#tree)
    await serverLogs.close(state)
  }

  override async lastLogLines(stored: ProcessState, count: number): Promise<readonly string[]> {
    const state = readProcessState(stored)
    return state === undefined ? [] : serverLogs.lastLines(state, count)
  }

  override onExit(stored: ProcessState, callback: (result: PollResult) => void): (() => void) | undefined {
    const state = readProcessState(stored)
    return state === undefined ? undefined : ownChildren.onExit(state, callback)
  }

  /** The key is the user's alone; the server reads it as the user. */
  override async moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    const account = await this.#account()
    return moveCertificates(paths, {
      home: account.home,
      serverName: this.serverName,
      runAs: await runAs(account, hubUid()),
    })
  }

  protected override async accountVariables(): Promise<AccountVariables> {
    const account = await this.#account()
    return { USER: account.name, HOME: account.home, SHELL: account.shell }
  }

  /**
   * Where the server shall listen, and where it is reached then.
   *
   * @param port - 0: a free one
   */
  protected async listenAddress(
    port: number,
  ): Promise<{ readonly address: ListenAddress; readonly reachedAt: ListenAddress }> {
    const host = listenHost(this.config.ip, this.log)
    const address = { host, port: port === 0 ? await ports.pick(host) : port }
    return { address, reachedAt: { ...address, host: host === '' ? '127.0.0.1' : host } }
  }

  get #tree(): TreeOptions {
    return { where: this.config.cgroup_parent, log: this.log }
  }

  /** As whom and where the server starts. */
  protected async processHome(): Promise<ProcessHome> {
    const account = await this.#account()
    return { runAs: await runAs(account, hubUid()), directory: directoryOf(account.home) }
  }

  /** Signals the process, which exists or just ended. */
  protected kill(pid: number, signal: NodeJS.Signals): Promise<void> | void {
    signalProcess(pid, signal)
  }

  #account(): Promise<Account> {
    return accountNamed(this.user.name)
  }

  /** Notes the process that waits, so that its exit is heard and its log is found. */
  async #note(
    launched: Launch,
    serverLog: ServerLog | undefined,
    mark: { readonly start_mark?: string },
  ): Promise<ProcessState> {
    try {
      const state = { ...(await identifyProcess(launched.process.pid)), ...mark }
      const { mem_limit: memoryBytes, cpu_limit: cpuCores } = this.config
      await holdTogether(state, { memoryBytes, cpuCores }, this.#tree)
      ownChildren.add(launched.process, state)
      if (serverLog !== undefined) serverLogs.keep(state, serverLog)
      ownChildren.onExit(state, () => {
        serverLogs.closeLater(state)
        void endTree(state, this.#tree)
      })
      return state
    } catch (error) {
      await launched.cancel()
      throw error
    }
  }

  /** Saves the state, and only then lets the program start. Whatever fails, no process is left. */
  async #letGo(
    launched: Launch,
    state: ProcessState,
    command: readonly string[],
    { request, signal }: { readonly request: StartRequest<ProcessState>; readonly signal: AbortSignal },
  ): Promise<void> {
    try {
      await orAborted(request.save(state), signal)
      signal.throwIfAborted()
      const outcome = await launched.go(signal)
      if (outcome.kind !== 'started') throw this.#launchError(outcome, command)
    } catch (error) {
      await launched.cancel()
      throw error
    }
  }

  #launchError(outcome: Exclude<LaunchOutcome, { kind: 'started' }>, command: readonly string[]): SpawnError {
    const [program = ''] = command
    const problem = {
      missing: { reason: 'no_program', text: `The program ${program} was not found.` },
      denied: { reason: 'permission_denied', text: `${this.user.name} may not run the program ${program}.` },
      failed: {
        reason: 'launch_failed',
        text: 'The process ended before the program started; the log of the hub has its message.',
      },
    }[outcome.kind]
    return new SpawnError({
      reason: problem.reason,
      statusCode: 500,
      message: `The server could not be started. ${problem.text} Tell your administrator.`,
      logMessage: `${problem.text} The command was: ${shellJoin(command)}`,
    })
  }

  #stopSteps(): StopStep[] {
    return [
      { signal: 'SIGINT', timeoutMs: this.config.interrupt_timeout * 1000 },
      { signal: 'SIGTERM', timeoutMs: this.config.term_timeout * 1000 },
      { signal: 'SIGKILL', timeoutMs: this.config.kill_timeout * 1000 },
    ]
  }

  #passable(environment: Record<string, string>): Record<string, string> {
    const [passable, others] = [Object.entries(environment), [] as string[]]
    const kept = passable.filter(([name]) => isPassableVariable(name) || (others.push(name), false))
    if (others.length > 0)
      this.log.warn('environment variables left out: a shell cannot hold their names', { names: others })
    return Object.fromEntries(kept)
  }
}

function noCommand(): SpawnError {
  return new SpawnError({
    reason: 'no_command',
    statusCode: 500,
    message: 'The server could not be started because no program is configured. Tell your administrator.',
    logMessage: 'Spawner.cmd is not set. Set it to the program that servers run, such as ["jupyterhub-singleuser"].',
  })
}

function hubUid(): number | undefined {
  return process.getuid?.()
}

/** `/` is nobody's home; the launcher then makes a temporary directory. */
export function directoryOf(home: string): string {
  const directory = home.startsWith('/') ? resolve(home) : '/'
  return directory === '/' ? '' : directory
}
