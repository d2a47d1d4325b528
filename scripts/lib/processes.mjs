import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

/**
 * @typedef {{ pid: number, parent: number, startedAt: string, command: string }} ProcessFacts - `startedAt` tells two
 *   processes with the same pid apart
 */

/**
 * All processes of this machine: from /proc, or from `ps` where there is none.
 *
 * @returns {Promise<ProcessFacts[]>}
 */
export async function listProcesses() {
  if (process.platform === 'linux') return listFromProc()
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,lstart=,command='])
  return stdout.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(line)
    if (!found) return []
    const [, pid, parent, startedAt = '', command = ''] = found
    return [{ pid: Number(pid), parent: Number(parent), startedAt, command }]
  })
}

/** @returns {ProcessFacts[]} */
function listFromProc() {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The second field is the program's name in brackets and may itself hold blanks and brackets.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z') return []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return [{ pid: Number(name), parent: Number(fields[1]), startedAt: fields[19] ?? '', command }]
    } catch {
      return [] // ended while we looked
    }
  })
}

/**
 * The processes below one, at any depth.
 *
 * @param {readonly ProcessFacts[]} all
 * @param {number} pid
 * @returns {ProcessFacts[]}
 */
export function descendantsOf(all, pid) {
  const children = all.filter((one) => one.parent === pid)
  return children.flatMap((child) => [child, ...descendantsOf(all, child.pid)])
}

/**
 * Ends those of the processes that are still the ones that were listed.
 *
 * @param {readonly ProcessFacts[]} processes
 * @param {number} [graceMs] - between SIGTERM and SIGKILL
 */
export async function endProcesses(processes, graceMs = 3_000) {
  const alive = async () => {
    const now = await listProcesses()
    return processes.filter((one) => now.some((other) => other.pid === one.pid && other.startedAt === one.startedAt))
  }
  const deadline = Date.now() + graceMs
  let left = await alive()
  for (const one of left) signalProcess(one.pid, 'SIGTERM')
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    left = await alive()
  }
  for (const one of left) signalProcess(one.pid, 'SIGKILL')
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
export function signalProcess(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // already gone, or not ours
  }
}
