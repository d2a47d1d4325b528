import { readdir, readFile } from 'node:fs/promises'

/** Name of the environment variable that marks all processes of one test, however deep they were started. */
export const MARK = 'HUB_TEST_MARK'

export interface MarkedProcess {
  readonly pid: number
  readonly command: string
}

/**
 * The living processes that inherited a mark. Servers run in sessions of their own and outlive a killed hub, so neither
 * process groups nor parents would find them.
 */
export async function markedProcesses(mark: string): Promise<MarkedProcess[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(names.map((name) => readMarked(Number(name), mark)))
  return found.filter((one) => one !== undefined)
}

/** Kills what is left of a test, at once. */
export async function killMarked(mark: string): Promise<void> {
  // A process may fork between the look and the kill; the second look finds its child.
  for (let round = 0; round < 5; round++) {
    const left = await markedProcesses(mark)
    if (left.length === 0) return
    for (const { pid } of left) signal(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function readMarked(pid: number, mark: string): Promise<MarkedProcess | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1')
    if (!environment.split('\0').includes(`${MARK}=${mark}`)) return undefined
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return { pid, command: command.replaceAll('\0', ' ').trim() }
  } catch {
    return undefined // ended, or another user's
  }
}
