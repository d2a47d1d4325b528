import { readdir, readFile } from 'node:fs/promises'

/** The words a process was started with; empty when it is gone or another system's way of keeping them. */
export async function commandLineOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1)
}

/** Whether a command line ends in these words; what stands before them is the interpreter. */
export function endsWith(argv: readonly string[], tail: readonly string[]): boolean {
  return tail.length > 0 && tail.length <= argv.length && tail.every((word, i) => argv.at(i - tail.length) === word)
}

/** The processes of this host whose command line ends in these words. */
export async function findProcesses(tail: readonly string[]): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => [])
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number)
  const found = await Promise.all(pids.map(async (pid) => endsWith(await commandLineOf(pid), tail)))
  return pids.filter((_, index) => found[index])
}
