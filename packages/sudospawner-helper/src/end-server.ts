import { setTimeout as sleep } from 'node:timers/promises'
import type { HelperSignal } from '@hub/api'
import type { Log } from '@hub/api/base'
import {
  cgroupProcesses,
  isAlive,
  killCgroup,
  OwnChildren,
  ProcessNeverDiedError,
  removeCgroup,
  stopProcess,
} from '@hub/spawner/host'
import { allProcesses, type ProcessFacts, treeOf } from './process-tree.js'
import type { Identity, ServerRecord } from './server-record.js'

export interface StopStep {
  readonly signal: HelperSignal
  readonly seconds: number
}

export interface EndTools {
  /** Through the mediator: the helper may not signal the users' processes itself. */
  readonly kill: (pid: number, signal: NodeJS.Signals) => Promise<boolean>
  readonly log: Log
}

/** No process of a server is a child of the helper. */
const noChildren = new OwnChildren()
const never = new AbortController().signal
const CGROUP_DEADLINE_MS = 5_000

/**
 * Ends a server step by step, then whatever it has left: the rest of its cgroup, or where it has none what descended from
 * it when it was last looked at.
 *
 * @param identity - undefined of a server whose process was never known
 * @throws ProcessNeverDiedError
 */
export async function endServer(
  record: ServerRecord,
  identity: Identity | undefined,
  steps: readonly StopStep[],
  tools: EndTools,
): Promise<void> {
  const { cgroup } = record
  let tree: readonly ProcessFacts[] = []
  const kill = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
    // Before each signal, because a process that ends leaves its children to init.
    if (cgroup === null) tree = merged(tree, treeOf(pid, await allProcesses()))
    if (cgroup !== null && signal === 'SIGKILL') await killCgroup(cgroup)
    else await tools.kill(pid, signal)
  }
  if (identity !== undefined && steps.length > 0) {
    const ladder = steps.map(({ signal, seconds }) => ({ signal, timeoutMs: seconds * 1000 }))
    await stopProcess(identity, ladder, { children: noChildren, log: tools.log, kill }, never)
  }
  if (cgroup === null) await killLeft(tree, tools)
  else if (await emptyCgroup(cgroup)) record.cgroup = null
  else throw new ProcessNeverDiedError(identity?.pid ?? 0)
}

async function killLeft(tree: readonly ProcessFacts[], { kill }: EndTools): Promise<void> {
  const left: ProcessFacts[] = []
  for (const one of tree) {
    const { pid, startTime } = one
    if (await isAlive({ pid, start_time: startTime })) left.push(one)
  }
  await Promise.all(left.map(({ pid }) => kill(pid, 'SIGKILL')))
}

/** @returns whether it is gone */
async function emptyCgroup(folder: string): Promise<boolean> {
  const deadline = performance.now() + CGROUP_DEADLINE_MS
  for (;;) {
    const pids = await cgroupProcesses(folder)
    if (pids === undefined) return true
    if (pids.length === 0) return removeCgroup(folder)
    if (performance.now() > deadline) return false
    await killCgroup(folder)
    await sleep(20)
  }
}

function merged(one: readonly ProcessFacts[], other: readonly ProcessFacts[]): ProcessFacts[] {
  const known = new Set(other.map(({ pid, startTime }) => `${pid}:${startTime}`))
  return [...other, ...one.filter(({ pid, startTime }) => !known.has(`${pid}:${startTime}`))]
}
