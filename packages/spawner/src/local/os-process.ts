import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { ownTurn } from './own-turn.js'
import { posixSpawn } from './posix-spawn.js'

/** How a process ended. A death by signal is a negative number, as Python has it. */
export interface Exit {
  readonly code: number | null
}

/** A process that this one has started: it alone learns the exit, and learns it at once. */
export interface OsProcess {
  readonly pid: number
  /** The other end of the process' descriptor 3, which the caller owns. */
  readonly channel: Duplex
  readonly exit: Exit | undefined
  /** Calls back once, when the process ends; never in the tick of the call. */
  onExit(callback: (exit: Exit) => void): void
}

export interface OsProcessRequest {
  /** Absolute path of the program. */
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What its standard input, output and error are: descriptors of this process, or nothing. */
  readonly stdio: readonly [Stdio, Stdio, Stdio]
  readonly newSession: boolean
}

export type Stdio = number | 'ignore'

/**
 * Starts a process in `/`, with a channel to it on descriptor 3. This process may end while the other one runs.
 *
 * @throws when the program cannot be run at all
 */
export async function startOsProcess(request: OsProcessRequest): Promise<OsProcess> {
  const start = await posixSpawn()
  return start === undefined ? forkOsProcess(request) : start(request)
}

/** By Node's own means: a fork, whose cost grows with the memory of this process, in a turn of its own. */
export async function forkOsProcess(request: OsProcessRequest): Promise<OsProcess> {
  await ownTurn()
  const child = spawn(request.program, request.args, {
    cwd: '/',
    detached: request.newSession,
    env: request.env,
    stdio: [...request.stdio, 'pipe'],
  })
  await once(child, 'spawn')
  // Signals are sent by pid, so this says nothing that the exit would not say.
  child.on('error', () => undefined)
  child.unref()
  const channel = child.stdio[3]
  if (child.pid === undefined || !isDuplex(channel)) throw new Error('A process came up without its channel.')
  return new ForkedProcess(child.pid, child, channel)
}

class ForkedProcess implements OsProcess {
  constructor(
    readonly pid: number,
    private readonly child: ChildProcess,
    readonly channel: Duplex,
  ) {}

  get exit(): Exit | undefined {
    const { exitCode, signalCode } = this.child
    return exitCode === null && signalCode === null ? undefined : exitOf(exitCode, signalCode)
  }

  onExit(callback: (exit: Exit) => void): void {
    const { exit } = this
    if (exit === undefined) this.child.once('exit', (code, signal) => callback(exitOf(code, signal)))
    else queueMicrotask(() => callback(exit))
  }
}

const exitOf = (code: number | null, signal: NodeJS.Signals | null): Exit => ({
  code: signal === null ? code : -constants.signals[signal],
})

/** Node types the fourth stream as readable or writable; a 'pipe' is a socket pair, so it is both. */
function isDuplex(stream: unknown): stream is Duplex {
  return typeof stream === 'object' && stream !== null && 'read' in stream && 'write' in stream
}
