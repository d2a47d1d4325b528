import { readFile } from 'node:fs/promises'
import type { JsonObject } from '@hub/api'

/**
 * A process that is found again after a restart. A pid alone may belong to another process by then, so the start time is
 * kept with it. The name `pid` is JupyterHub's, whose rows have it alone.
 */
export type ProcessState = {
  readonly pid: number
  /** Ticks from boot to the start of the process; absent where there is no /proc. */
  readonly start_time?: number
  /** Of the boot that `start_time` counts from. */
  readonly boot_id?: string
  /** Digest of the token of this start: what the server has started is known by it, where nothing else tells. */
  readonly start_mark?: string
}

/** What a stored state says; undefined when it names no process. */
export function readProcessState(stored: JsonObject): ProcessState | undefined {
  const { pid, start_time: startTime, boot_id: bootId, start_mark: startMark } = stored
  // 0 and negative numbers address process groups: a signal to them would hit the hub itself.
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
  return {
    pid,
    ...(typeof startTime === 'number' ? { start_time: startTime } : {}),
    ...(typeof bootId === 'string' ? { boot_id: bootId } : {}),
    ...(typeof startMark === 'string' ? { start_mark: startMark } : {}),
  }
}

/** One process, ever. */
export function processKey(state: ProcessState): string {
  return `${state.pid}:${state.start_time ?? ''}:${state.boot_id ?? ''}`
}

/** The state of a process that exists now. */
export async function identifyProcess(pid: number): Promise<ProcessState> {
  const [stat, boot] = await Promise.all([readStat(pid), bootId()])
  if (stat === undefined) return { pid }
  return { pid, start_time: stat.startTime, ...(boot === undefined ? {} : { boot_id: boot }) }
}

/**
 * Whether the process of `state` is there, alive: not merely another one with its pid, nor a zombie.
 *
 * A process of another user counts as alive though it may not be signalled, and though /proc may hide it.
 */
export async function isAlive(state: ProcessState): Promise<boolean> {
  if (!respondsToSignalZero(state.pid)) return false
  const stat = await readStat(state.pid)
  // Gone meanwhile, or no /proc, or hidden by its hidepid option: only the signal tells.
  if (stat === undefined) return respondsToSignalZero(state.pid)
  if (stat.state === 'Z' || stat.state === 'X') return false
  if (state.start_time === undefined) return true
  if (state.boot_id !== undefined && state.boot_id !== (await bootId())) return false
  return stat.startTime === state.start_time
}

/** Of another boot nothing is left. */
export async function isOfThisBoot(state: ProcessState): Promise<boolean> {
  return state.boot_id === undefined || state.boot_id === (await bootId())
}

function respondsToSignalZero(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false
    if (hasCode(error, 'EPERM')) return true
    throw error
  }
}

async function readStat(pid: number): Promise<{ readonly state: string; readonly startTime: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch((error: unknown) => {
    // ESRCH: it ended between open and read.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined
    throw error
  })
  return text === undefined ? undefined : parseStat(text)
}

/** The name of the program stands in parentheses and may hold spaces and parentheses itself, so count from the last one. */
export function parseStat(text: string): { readonly state: string; readonly startTime: number } | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trimEnd()
    .split(' ')
  const [state, startTime] = [fields[0], Number(fields[19])]
  return state === undefined || Number.isNaN(startTime) ? undefined : { state, startTime }
}

let knownBootId: Promise<string | undefined> | undefined

function bootId(): Promise<string | undefined> {
  knownBootId ??= readFile('/proc/sys/kernel/random/boot_id', 'latin1').then(
    (text) => text.trim(),
    () => undefined,
  )
  return knownBootId
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
