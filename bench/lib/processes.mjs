import { readdirSync, readFileSync } from 'node:fs'

/** What Linux counts cpu time in. */
const TICKS_PER_SECOND = 100

/** Memory of a hub and its proxy in MB, shared pages counted once. */
export function memoryMb(pid) {
  const kb = processTree(pid).reduce(
    (sum, one) => sum + Number(field(`/proc/${one}/smaps_rollup`, /Pss:\s+(\d+)/) ?? 0),
    0,
  )
  return Number((kb / 1024).toFixed(1))
}

/** Seconds of cpu that a hub and its proxy have used so far. */
export function cpuSeconds(pid) {
  const { user, system } = cpuSplit(pid)
  return user + system
}

/** The same, what the program took itself and what the kernel did for it apart. */
export function cpuSplit(pid) {
  const sum = { user: 0, system: 0 }
  for (const one of processTree(pid)) {
    const fields = statFields(one)
    sum.user += Number(fields[11] ?? 0) / TICKS_PER_SECOND
    sum.system += Number(fields[12] ?? 0) / TICKS_PER_SECOND
  }
  return sum
}

/** Kills the single-user servers that a benchmark has left. */
export function killByCommand(text) {
  for (const pid of allPids()) if (commandOf(pid).includes(text)) process.kill(pid, 'SIGKILL')
}

/** The process and its descendants; single-user servers are not part of what is measured. */
function processTree(root) {
  const children = new Map()
  for (const pid of allPids()) {
    const parent = Number(statFields(pid)[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const walk = (pid) => [
    ...(commandOf(pid).includes('mocksu') ? [] : [pid]),
    ...(children.get(pid) ?? []).flatMap(walk),
  ]
  return walk(root)
}

function allPids() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function commandOf(pid) {
  return read(`/proc/${pid}/cmdline`)
}

/** Fields after the program's name, which may itself hold blanks and brackets. */
function statFields(pid) {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function field(file, pattern) {
  return pattern.exec(read(file))?.[1]
}

/** Processes end while we look: then there is nothing to read. */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
