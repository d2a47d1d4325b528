import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { HubError } from '../http/hub-error.js'
import { endLeftProcess, stopLadder } from './left-process.js'
import { isPortTaken } from './port-taken.js'

export interface ManagedServiceDeps {
  readonly name: string
  readonly argv: readonly string[]
  /** Where it is to listen; empty: nowhere. */
  readonly url: string
  /** Empty: the hub's own. */
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly log: Log
  /** Notes the process, so that a hub started after a crash does not start a second one. */
  readonly savePid: (pid: number | null) => Promise<void>
}

/** Waits before a service that has ended is started again: none at first, then longer and longer. */
const firstWaitMs = 500
const longestWaitMs = 60_000
/** After a life this long, it is as if nothing had happened. */
const stableMs = 60_000

/** The process of one service: started, started again whenever it ends, and stopped with the hub. */
export class ManagedService {
  readonly #stopped = new AbortController()
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #kept: Promise<void> = Promise.resolve()

  constructor(private readonly deps: ManagedServiceDeps) {}

  /** 0: there is no process now. */
  get pid(): number {
    return this.#child === undefined || hasEnded(this.#child) ? 0 : (this.#child.pid ?? 0)
  }

  /**
   * @param leftPid - of the process that an earlier hub had for this service
   * @throws HubError when the program cannot be started at all
   */
  async start(leftPid: number | null): Promise<void> {
    const { name, log } = this.deps
    if (leftPid !== null && (await endLeftProcess(leftPid, name))) {
      log.warn('ended the process that an earlier hub had left behind', { service: name, pid: leftPid })
    }
    await this.#warnIfTaken()
    await this.#launch()
    this.#kept = this.#keepRunning()
  }

  /** An answer of somebody else looks like the service's own; some commands do lead to a server that runs already. */
  async #warnIfTaken(): Promise<void> {
    const { name, url, log } = this.deps
    if (url === '' || !(await isPortTaken(url))) return
    log.warn(`Something listens at ${url} before service ${name} is started: end it if the service is to listen there`)
  }

  /** Aborted when the present process ends. */
  ended(): AbortSignal {
    const ended = new AbortController()
    void this.#exited.then(() => {
      ended.abort(
        new HubError(
          'service_ended',
          500,
          `Service ${this.deps.name} ended before it answered. What it printed stands above.`,
        ),
      )
    })
    return ended.signal
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    // A start under way is let come to its end: it has a process to be stopped then.
    await this.#kept
    await this.#endProcess()
    await this.#notePid(null)
  }

  /** The service runs, noted or not. */
  async #notePid(pid: number | null): Promise<void> {
    await this.deps.savePid(pid).catch((error: unknown) => {
      this.deps.log.error('the process of a service could not be noted', { service: this.deps.name, pid, error })
    })
  }

  async #endProcess(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    for (const [signal, waitMs] of stopLadder) {
      if (hasEnded(child)) return
      if (signal === 'SIGKILL') signalGroup(child.pid, signal)
      else child.kill(signal)
      await once(child, 'exit', { signal: AbortSignal.timeout(waitMs) }).catch(() => undefined)
    }
  }

  async #launch(): Promise<void> {
    const { name, argv, cwd, environment, log } = this.deps
    const [program = '', ...args] = argv
    log.info(`Starting service ${name}`, { command: argv.join(' ') })
    const child = spawn(program, args, {
      detached: true, // a session of its own: a Ctrl-C in the terminal is for the hub, which then stops its services
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(cwd === '' ? {} : { cwd }),
    })
    try {
      await once(child, 'spawn')
    } catch (error) {
      const where = cwd === '' ? '' : ` in ${cwd}`
      throw new HubError('service_not_startable', 500, `Service ${name}: ${program} cannot be run${where}.`, {
        cause: error,
      })
    }
    child.on('error', (error) => {
      log.error('a service cannot be signalled', { service: name, error })
    })
    this.#child = child
    this.#exited = new Promise((resolve) => {
      const ended = (): void => {
        // What it has started and left must not keep its port, or its work, from the next one.
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM')
        resolve()
      }
      if (hasEnded(child)) ended()
      else child.once('exit', ended)
    })
    await this.#notePid(child.pid ?? null)
  }

  async #keepRunning(): Promise<void> {
    const { name, log } = this.deps
    const { signal } = this.#stopped
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve()
      })
    })
    let wait = 0
    for (;;) {
      const startedAt = performance.now()
      await Promise.race([this.#exited, stopped])
      if (signal.aborted) return
      const status = this.#child?.exitCode ?? this.#child?.signalCode ?? 'unknown'
      log.error(`Service ${name} exited with status ${status}; starting it again`)
      if (performance.now() - startedAt > stableMs) wait = 0
      await delay(wait, undefined, { signal }).catch(() => undefined)
      wait = Math.min(Math.max(firstWaitMs, wait * 2), longestWaitMs)
      if (signal.aborted) return
      await this.#launch().catch((error: unknown) => {
        log.error('a service could not be started again', { service: name, error })
      })
    }
  }
}

/** Signals a process and all that it has started, unless that has a session of its own. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody is left, or they are another user's
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
