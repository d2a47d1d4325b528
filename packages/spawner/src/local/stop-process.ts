import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError, type Log } from '@hub/api'
import type { OwnChildren } from './own-children.js'
import { hasCode, isAlive, type ProcessState } from './process-identity.js'

export interface StopStep {
  readonly signal: NodeJS.Signals
  /** How long the process has to end after it. */
  readonly timeoutMs: number
}

/** How a process is asked to end. `kill` reaches processes that the hub may not signal itself, such as through sudo. */
export interface StopTools {
  readonly children: OwnChildren
  readonly log: Log
  kill(pid: number, signal: NodeJS.Signals): Promise<void> | void
}

const FIRST_LOOK_MS = 50
const LAST_LOOK_MS = 2000

/**
 * Signals the process, each time a little less politely, until it is gone. Only the process itself is signalled, not its group:
 * a server ends its kernels in its own way.
 *
 * @throws {@link ProcessNeverDiedError} when even the last step has not ended it
 */
export async function stopProcess(
  state: ProcessState,
  steps: readonly StopStep[],
  tools: StopTools,
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted()
    // Looked up anew before each signal: the pid may have become another process's.
    if (await isGone(state, tools.children)) return
    await tools.kill(state.pid, step.signal)
    if (await waitUntilGone(state, tools.children, step.timeoutMs, signal)) return
    tools.log.debug('process outlived a signal', { pid: state.pid, signal: step.signal })
  }
  tools.log.warn('process never died', { pid: state.pid })
  throw new ProcessNeverDiedError(state.pid)
}

export class ProcessNeverDiedError extends CodedError {
  override readonly name = 'ProcessNeverDiedError'
  constructor(pid: number) {
    super(
      'process_never_died',
      500,
      `Process ${pid} outlived even SIGKILL. It may hang in the kernel; look at its host.`,
    )
  }
}

/** Signals a process of this host. One that is gone by now is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

async function isGone(state: ProcessState, children: OwnChildren): Promise<boolean> {
  const own = children.poll(state)
  return own === undefined ? !(await isAlive(state)) : own.status === 'exited'
}

/** Returns at once when an own child exits; others are looked at, ever less often. */
async function waitUntilGone(
  state: ProcessState,
  children: OwnChildren,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  const exited = new AbortController()
  const stopListening = children.onExit(state, () => exited.abort())
  const wake = AbortSignal.any([exited.signal, signal])
  try {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LAST_LOOK_MS)) {
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return await isGone(state, children)
      await sleep(Math.min(waitMs, leftMs), undefined, { signal: wake }).catch(() => undefined)
      if (exited.signal.aborted) return true
      signal.throwIfAborted()
      if (await isGone(state, children)) return true
    }
  } finally {
    stopListening?.()
  }
}
