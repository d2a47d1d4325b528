import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { HubError } from '../http/hub-error.js'
import { commandLineOf, endsWith, findProcesses } from './find-processes.js'

export interface ProxyCommand {
  /** Program and arguments, complete. */
  readonly argv: readonly [string, ...string[]]
  readonly authToken: string
  readonly umask: number
  /** Where the hub notes the proxy's pid for its own next start; empty for nowhere. */
  readonly pidFile: string
}

export interface ProxyProcessDeps {
  readonly command: ProxyCommand
  /** The hub's whole environment, handed on. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Resolves when the proxy's API answers with our token and its public port accepts connections. */
  readonly answers: (signal: AbortSignal) => Promise<void>
  /** Whether something accepts connections at the public address. */
  readonly isTaken: (signal: AbortSignal) => Promise<boolean>
}

type ProxyState =
  | { readonly phase: 'stopped' }
  | { readonly phase: 'running'; readonly pid: number; readonly child: ChildProcess | undefined }

const startDeadlineMs = 15_000

/**
 * The proxy as a process of its own that the hub started, or one of an earlier hub's that still runs:
 * a hub that was killed leaves its proxy behind, and taking it over keeps everybody's connections open.
 */
export class ProxyProcess {
  #state: ProxyState = { phase: 'stopped' }

  constructor(private readonly deps: ProxyProcessDeps) {}

  get isRunning(): boolean {
    return this.#state.phase === 'running' && isAlive(this.#state.pid, this.#state.child)
  }

  /** @throws {@link HubError} when the proxy ends, or does not answer in time */
  async start(signal: AbortSignal): Promise<void> {
    if (await this.#adopt(signal)) return
    const { command, environment, log } = this.deps
    const [program, ...args] = command.argv
    log.info('starting proxy', { command: command.argv.join(' ') })
    // The umask holds for the child only if it is set while it is forked; nothing is awaited in between.
    const umask = process.umask(command.umask)
    let child: ChildProcess
    try {
      child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...environment, CONFIGPROXY_AUTH_TOKEN: command.authToken },
      })
    } finally {
      process.umask(umask)
    }
    await startedOrFailed(child, program)
    const pid = child.pid ?? 0 // a child that emitted 'spawn' has one
    this.#state = { phase: 'running', pid, child }
    await this.#writePidFile(pid)
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(startDeadlineMs)])
    const ended = new AbortController()
    child.once('exit', (code, killedBy) => {
      ended.abort(
        new HubError(
          'proxy_ended',
          500,
          `The proxy ended as it started (${killedBy ?? `exit status ${code}`}). Its own message stands above.`,
        ),
      )
    })
    try {
      await this.deps.answers(AbortSignal.any([deadline, ended.signal]))
    } catch (error) {
      const endedByItself = ended.signal.aborted
      await this.stop()
      if (endedByItself) throw ended.signal.reason
      if (signal.aborted) throw error
      throw new HubError(
        'proxy_silent',
        500,
        `The proxy did not answer within ${startDeadlineMs / 1000} seconds: ${command.argv.join(' ')}`,
        { cause: error },
      )
    }
    child.removeAllListeners('exit')
  }

  /** Resolves when the process is gone; at once when it is not running. */
  async ended(signal: AbortSignal): Promise<void> {
    const state = this.#state
    if (state.phase === 'stopped') return
    if (state.child !== undefined) {
      if (state.child.exitCode === null && state.child.signalCode === null) await once(state.child, 'exit', { signal })
      return
    }
    // A process we did not start tells nobody of its end.
    while (isAlive(state.pid, undefined)) await delay(500, undefined, { signal })
  }

  /** Whether it is one of an earlier hub's. */
  get isTakenOver(): boolean {
    return this.#state.phase === 'running' && this.#state.child === undefined
  }

  /** SIGTERM, and SIGKILL after two seconds. */
  async stop(): Promise<void> {
    const state = this.#state
    this.#state = { phase: 'stopped' }
    if (state.phase === 'running') await endProcess(state.pid, state.child)
    await this.#removePidFile()
  }

  /** Leaves the process to itself, for the next hub to find. */
  release(): void {
    if (this.#state.phase === 'running') this.#state.child?.unref()
    this.#state = { phase: 'stopped' }
  }

  /**
   * Takes over a proxy left by an earlier hub when it was started just as ours would be and takes our token; else ends it.
   *
   * @throws {@link HubError} when somebody else has the address
   */
  async #adopt(signal: AbortSignal): Promise<boolean> {
    const { command, log, isTaken } = this.deps
    const noted = await this.#noted()
    if (noted !== undefined) {
      if (await this.#takeOver(noted, signal)) return true
    } else {
      await this.#removePidFile()
    }
    if (!(await isTaken(signal))) return false
    // A hub that was killed before it could note the pid, or told to forget it.
    for (const pid of await findProcesses(command.argv.slice(1))) {
      if (!(await this.#takeOver(pid, signal))) continue
      await this.#writePidFile(pid)
      return true
    }
    if (!(await isTaken(signal))) return false
    log.debug('no proxy of ours was found', { command: command.argv.join(' ') })
    throw new HubError(
      'proxy_address_taken',
      500,
      'Another program listens where the proxy should. End it, or set JupyterHub.bind_url to another address.',
    )
  }

  /** The pid in the file, if it is that of a proxy and has not gone to another program since. */
  async #noted(): Promise<number | undefined> {
    const { command } = this.deps
    if (command.pidFile === '') return undefined
    const pid = Number(await readFile(command.pidFile, 'utf8').catch(() => ''))
    if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(pid, undefined)) return undefined
    const argv = await commandLineOf(pid)
    const isProxy =
      argv.some((word) => word.includes('configurable-http-proxy')) || endsWith(argv, command.argv.slice(1))
    return isProxy ? pid : undefined
  }

  async #takeOver(pid: number, signal: AbortSignal): Promise<boolean> {
    const { command, log, answers } = this.deps
    if (endsWith(await commandLineOf(pid), command.argv.slice(1))) {
      const answered = await answers(AbortSignal.any([signal, AbortSignal.timeout(2_000)])).then(
        () => true,
        () => false,
      )
      if (answered) {
        log.info('taking over the running proxy', { pid })
        this.#state = { phase: 'running', pid, child: undefined }
        return true
      }
    }
    // Whoever is told to end has no say in whether this one is any good.
    signal.throwIfAborted()
    log.warn('ending the proxy of an earlier hub', { pid })
    await endProcess(pid, undefined)
    await this.#removePidFile()
    return false
  }

  async #writePidFile(pid: number): Promise<void> {
    if (this.deps.command.pidFile !== '') await writeFile(this.deps.command.pidFile, String(pid))
  }

  async #removePidFile(): Promise<void> {
    if (this.deps.command.pidFile !== '') await rm(this.deps.command.pidFile, { force: true })
  }
}

async function startedOrFailed(child: ChildProcess, program: string): Promise<void> {
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new HubError(
      'proxy_not_found',
      500,
      `Failed to start proxy: cannot run ${program}. Install configurable-http-proxy, or set ConfigurableHTTPProxy.command to where it is.`,
      { cause: error },
    )
  }
}

async function endProcess(pid: number, child: ChildProcess | undefined): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(pid, child)) return
    try {
      process.kill(pid, signal)
    } catch {
      return // it ended between the look and the signal
    }
    for (let waited = 0; waited < 1_000 && isAlive(pid, child); waited += 20) await delay(20)
  }
}

function isAlive(pid: number, child: ChildProcess | undefined): boolean {
  if (child !== undefined) return child.exitCode === null && child.signalCode === null
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // node's kill throws nothing else but system errors
  }
}
