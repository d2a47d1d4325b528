import type { Log } from '@hub/api'
import type { CgroupLimits } from './cgroup.js'
import { killLeftovers } from './leftovers.js'
import { isOfThisBoot, type ProcessState } from './process-identity.js'
import { ServerCgroups } from './server-cgroups.js'

const opened = new Map<string, Promise<ServerCgroups | undefined>>()

function cgroupsAt(where: string, log: Log): Promise<ServerCgroups | undefined> {
  const known = opened.get(where) ?? ServerCgroups.open(where, log)
  opened.set(where, known)
  return known
}

/** Where the processes of a server are held together. */
export interface TreeOptions {
  /** `LocalProcessSpawner.cgroup_parent` */
  readonly where: string
  readonly log: Log
}

/** Before the process may start anything. A host that has no cgroups to give does not keep the server from starting. */
export async function holdTogether(
  state: ProcessState,
  limits: CgroupLimits,
  { where, log }: TreeOptions,
): Promise<void> {
  const cgroups = await cgroupsAt(where, log)
  await cgroups?.enter(state, limits, log).catch((error: unknown) => {
    log.warn('a server got no cgroup of its own; its limits are only told to it', { error })
  })
}

/** After the server's own process has ended: kernels, terminals and whatever else it started, however often that has forked. */
export async function endTree(state: ProcessState, { where, log }: TreeOptions): Promise<void> {
  try {
    // Of another boot nothing is left; the pid may be another server's by now.
    if (!(await isOfThisBoot(state))) return
    const cgroups = await cgroupsAt(where, log)
    if ((await cgroups?.end(state)) !== true) await killLeftovers(state)
  } catch (error) {
    log.warn('processes that a server has left could not be ended', { pid: state.pid, error })
  }
}
