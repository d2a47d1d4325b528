import type { HelperResources } from '@hub/api'
import { readCgroup } from './cgroups.js'
import { allProcesses, treeOf, useOf } from './process-tree.js'
import type { ServerRecord } from './server-record.js'

const nothing: HelperResources = { memory_bytes: null, cpu_seconds: null, processes: 0 }

/** What a server and its children use: by its cgroup, or else by the tree of its processes. */
export async function resourcesOf({ phase, cgroup }: ServerRecord): Promise<HelperResources> {
  if (phase.at !== 'running') return nothing
  const use = cgroup === null ? undefined : await readCgroup(cgroup)
  const processes = await allProcesses()
  const own =
    use === undefined ? treeOf(phase.identity.pid, processes) : processes.filter(({ pid }) => use.pids.includes(pid))
  const counted = useOf(own)
  return {
    memory_bytes: use?.memoryBytes ?? counted.memoryBytes,
    cpu_seconds: use?.cpuSeconds ?? counted.cpuSeconds,
    processes: own.length,
  }
}
