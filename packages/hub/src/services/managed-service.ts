import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { HubError } from '../http/hub-error.js'

export interface ManagedServiceDeps {
  readonly name: string
  readonly command: readonly string[]
  readonly cwd: string
  /** System user to become; empty: the hub's own. */
  readonly user: string
  readonly environment: Readonly<Record<string, string>>
  readonly log: Log
  /** Notes the process, so that a hub started after a crash does not start a second one. */
  readonly savePid: (pid: number | null) => Promise<void>
}

/** Waits between two starts; back to the first after a life this long. */
const firstWaitMs = 500
const longestWaitMs = 60_000
const stableMs = 60_000
const ladder = [
  ['SIGINT', 5_000],
  ['SIGTERM', 5_000],
  ['SIGKILL', 5_000],
] as const

/** The process of one service: started, started again whenever it ends, and stopped with the hub. */
export class ManagedService {
  readonly #stopped = new AbortController()
  #child: ChildProcess | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(private readonly deps: ManagedServiceDeps) {}

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** @throws HubError when the program cannot be started at all */
  async start(leftPid: number | null): Promise<void> {
    if (leftPid !== null) await this.#endLeftover(leftPid)
    await this.#launch()
    this.#running = this.#keepRunning()
  }

  /** Aborted when the process ends. */
  ended(): AbortSignal {
    const ended = new AbortController()
    const child = this.#child
    if (child === undefined || child.exitCode !== null) ended.abort(this.#endedError())
    else child.once('exit', () => ended.abort(this.#endedError()))
    return ended.signal
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    const child = this.#child
    if (child?.pid !== undefined) {
      for (const [signal, waitMs] of ladder) {
        if (child.exitCode !== null || child.signalCode !== null) break
        child.kill(signal)
        await once(child, 'exit', { signal: AbortSignal.timeout(waitMs) }).catch(() => undefined)
      }
    }
    await this.#running
    await this.deps.savePid(null)
  }

  async #launch(): Promise<void> {
    const { name, command, cwd, user, environment, log } = this.deps
    // setpriv gives the process the user's supplementary groups too, which node cannot.
    const become =
      user === '' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${await primaryGroup(user)}`, '--init-groups', '--']
    const [program = '', ...args] = [...become, ...command]
    log.info(`Starting service ${name}`, { command: command.join(' ') })
    const child = spawn(program, args, {
      detached: true,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(cwd === '' ? {} : { cwd }),
    })
    this.#child = child
    try {
      await once(child, 'spawn')
    } catch (error) {
      throw new HubError('service_not_startable', 500, `Service ${name} cannot be started: ${program} cannot be run.`, {
        cause: error,
      })
    }
    await this.deps.savePid(child.pid ?? null)
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopped
    let wait = firstWaitMs
    while (!signal.aborted) {
      const startedAt = performance.now()
      const child = this.#child
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        await once(child, 'exit', { signal }).catch(() => undefined)
      }
      if (signal.aborted) return
      this.deps.log.error(`Service ${this.deps.name} exited; starting it again`, {
        status: child?.exitCode ?? child?.signalCode ?? 'unknown',
      })
      wait = performance.now() - startedAt > stableMs ? firstWaitMs : Math.min(wait * 2, longestWaitMs)
      await delay(wait, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await this.#launch().catch((error: unknown) => {
        this.deps.log.error('a service could not be started again', { service: this.deps.name, error })
      })
    }
  }

  /** A hub that was killed leaves its services behind; two of a kind would do everything twice. */
  async #endLeftover(pid: number): Promise<void> {
    const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environ.split('\0').includes(`JUPYTERHUB_SERVICE_NAME=${this.deps.name}`)) return
    this.deps.log.warn('ending a service of an earlier hub', { service: this.deps.name, pid })
    for (const [signal, waitMs] of ladder) {
      try {
        process.kill(pid, signal)
      } catch {
        return // it is gone
      }
      for (let waited = 0; waited < waitMs && isAlive(pid); waited += 50) await delay(50)
    }
  }

  #endedError(): HubError {
    return new HubError(
      'service_ended',
      500,
      `Service ${this.deps.name} ended as it started. Its own message stands above.`,
    )
  }
}

async function primaryGroup(user: string): Promise<string> {
  const child = spawn('id', ['-g', '--', user], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  if (text.trim() === '')
    throw new HubError('service_user_unknown', 500, `There is no system user ${user} to run a service as.`)
  return text.trim()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
