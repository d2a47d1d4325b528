import { readdir, readFile } from 'node:fs/promises'

export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly startTime: number
  readonly cpuTicks: number
  readonly residentPages: number
}

const TICKS_A_SECOND = 100
const PAGE_BYTES = 4096

/** The living processes of the host. /proc shows their numbers to everybody. */
export async function allProcesses(): Promise<ProcessFacts[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(names.map((name) => readProcess(Number(name))))
  return found.filter((one) => one !== undefined)
}

/** A process and all that descend from it, wherever they have put their sessions. */
export function treeOf(root: number, processes: readonly ProcessFacts[]): ProcessFacts[] {
  const children = new Map<number, ProcessFacts[]>()
  for (const one of processes) children.set(one.parent, [...(children.get(one.parent) ?? []), one])
  const tree = processes.filter(({ pid }) => pid === root)
  // Grows while it is walked.
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

export function useOf(processes: readonly ProcessFacts[]): {
  readonly memoryBytes: number
  readonly cpuSeconds: number
} {
  return {
    memoryBytes: PAGE_BYTES * processes.reduce((sum, { residentPages }) => sum + residentPages, 0),
    cpuSeconds: processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / TICKS_A_SECOND,
  }
}

async function readProcess(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // The program's name stands in parentheses and may hold anything, so count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (stat === '' || state === 'Z' || state === 'X') return undefined
  const number = (index: number): number => Number(fields[index])
  return {
    pid,
    parent: number(1),
    cpuTicks: number(11) + number(12),
    startTime: number(19),
    residentPages: number(21),
  }
}
