import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { hasCode, parseStat, type ProcessState } from './process-identity.js'
import { sharedRounds } from './shared-rounds.js'

const AT_ONCE = 64

/** Together no two starts of a host have them: a token of its own, and an address that nobody else listens on. */
const MARKING = ['JUPYTERHUB_API_TOKEN', 'JUPYTERHUB_SERVICE_URL']

/** What of a start's token is kept with its process; the token itself cannot be had from it. */
export function startMark(environment: Readonly<Record<string, string>>): { readonly start_mark: string } {
  return { start_mark: digest(MARKING.map((name) => environment[name] ?? '')) }
}

/**
 * Kills what a server has left running, where there is no cgroup to tell: the processes that inherited its token and address, which
 * no other start has. Neither parents nor process groups would find them all. Only those that this process may look into and signal are
 * found.
 */
export async function killLeftovers(state: ProcessState): Promise<void> {
  const { start_mark: mark, start_time: startTime } = state
  if (mark === undefined || startTime === undefined) return
  // One may fork between the look and the kill; the next look finds its child.
  for (let round = 0; round < 5; round++) {
    const found = await processesOf(mark, startTime)
    // The server itself is never left over: the state is not its own then.
    if (found.length === 0 || found.includes(state.pid)) return
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if (!hasCode(error, 'ESRCH') && !hasCode(error, 'EPERM')) throw error
      }
    }
  }
}

async function processesOf(mark: string, since: number): Promise<number[]> {
  const pids = (await markedProcesses()).get(mark) ?? []
  const alive = await Promise.all(pids.map((pid) => isAliveSince(pid, since)))
  return pids.filter((_pid, index) => alive[index])
}

/** The processes of each start. One look serves all stops that wait for it: many servers may end at once. */
const markedProcesses = sharedRounds(async (): Promise<ReadonlyMap<string, number[]>> => {
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = new Map<string, number[]>()
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE).map(Number)
    const marks = await Promise.all(some.map(markOf))
    for (const [index, pid] of some.entries()) {
      const mark = marks[index]
      if (mark !== undefined) found.set(mark, [...(found.get(mark) ?? []), pid])
    }
  }
  return found
})

async function markOf(pid: number): Promise<string | undefined> {
  if (pid === process.pid) return undefined
  // Ended, or another user's: nothing to be read.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  const entries = environment.split('\0')
  const values = MARKING.map((name) => entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1))
  return values.includes(undefined) ? undefined : digest(values)
}

async function isAliveSince(pid: number, since: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  const stat = text === '' ? undefined : parseStat(text)
  return stat !== undefined && stat.state !== 'Z' && stat.startTime >= since
}

function digest(values: readonly (string | undefined)[]): string {
  return createHash('sha256').update(values.join('\0')).digest('hex').slice(0, 16)
}
