import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@hub/api/base'
import { AppStartError } from './errors.js'

export interface AppRequest {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly stopTimeoutSeconds: number
}

/**
 * Waits for the end of the pipe on descriptor 3, which comes when this process ends in whatever way, and then ends the app
 * with all its processes. A signal at the parent's death would reach the first process alone.
 */
const GUARD = `while read -r _ <&3; do :; done; kill -s TERM -- "-$1" 2>/dev/null || exit 0
n=0; while kill -s 0 -- "-$1" 2>/dev/null && [ $n -lt $2 ]; do sleep 1; n=$((n+1)); done; kill -s KILL -- "-$1" 2>/dev/null`

/** The app as a process: its life is bound to ours, and ours to its. */
export class AppProcess {
  #guard: ChildProcess | undefined
  #exitCode: number | undefined

  private constructor(
    private readonly child: ChildProcess,
    private readonly request: AppRequest,
    private readonly log: Log,
  ) {}

  /**
   * @param onExit - called once when the app ends, with the status that this process should end with
   * @throws AppStartError
   */
  static async start(request: AppRequest, log: Log, onExit: (code: number) => void): Promise<AppProcess> {
    const [program = '', ...args] = request.command
    // A process group of its own, so that all of it can be ended; its output goes where ours goes.
    const child = spawn(program, args, {
      env: request.environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    })
    const app = new AppProcess(child, request, log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause) =>
        reject(new AppStartError(`The app ${program} cannot be started: ${cause.message}`, { cause })),
      )
    })
    log.info('app started', { program, pid: child.pid })
    app.#watchOver()
    child.once('exit', (code, signal) => {
      app.#exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
      log.info('app ended', { code, signal })
      onExit(app.#exitCode)
    })
    return app
  }

  get hasExited(): boolean {
    return this.#exitCode !== undefined
  }

  /** Ends the app and what it has started. */
  async stop(): Promise<void> {
    const { child, request, log } = this
    this.#signalGroup('SIGTERM')
    const deadline = performance.now() + request.stopTimeoutSeconds * 1000
    while (this.#groupLives() && performance.now() < deadline) await sleep(20)
    if (this.#groupLives()) {
      log.warn('the app has not ended by itself and is killed', { pid: child.pid })
      this.#signalGroup('SIGKILL')
    }
    this.#guard?.kill('SIGKILL')
  }

  #watchOver(): void {
    const { child, request, log } = this
    const guard = spawn(
      '/bin/sh',
      ['-c', GUARD, 'hub-singleuser-guard', String(child.pid), String(request.stopTimeoutSeconds)],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        detached: true,
        env: { PATH: '/usr/bin:/bin' },
      },
    )
    guard.once('error', (error) => log.warn('the app may outlive this process: nothing watches over it', { error }))
    guard.stdio[3]?.on('error', () => undefined)
    guard.unref()
    this.#guard = guard
  }

  #signalGroup(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, signal)
    } catch {
      // Gone already.
    }
  }

  #groupLives(): boolean {
    try {
      return this.child.pid !== undefined && process.kill(-this.child.pid, 0)
    } catch {
      return false
    }
  }
}
