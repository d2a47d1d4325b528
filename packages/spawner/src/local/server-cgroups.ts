import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@hub/api'
import {
  type CgroupLimits,
  cgroupProcesses,
  handOn,
  killCgroup,
  limitCgroup,
  makeCgroup,
  ownCgroup,
  removeCgroup,
} from './cgroup.js'
import type { ProcessState } from './process-identity.js'

const CONTROLLERS = ['memory', 'cpu']

/**
 * A cgroup (v2) for each server: the kernel keeps it to its limits, and knows all its processes, however they were started.
 * Its name follows from the process, so that a hub finds it again without having noted it.
 */
export class ServerCgroups {
  readonly #warned = new Set<string>()

  private constructor(private readonly parent: string) {}

  /**
   * @param where - `auto`: below the hub's own cgroup, as root also beside those of the system; or the folder of a cgroup
   * @returns undefined where the hub may not make cgroups
   */
  static async open(where: string, log: Log): Promise<ServerCgroups | undefined> {
    if (where === 'none') return undefined
    try {
      const parent = where === 'auto' ? await ownParent() : where
      if (parent === undefined) return undefined
      await mkdir(parent, { recursive: true })
      if ((await cgroupProcesses(parent)) === undefined) throw new Error(`${parent} is no cgroup (v2)`)
      await removeEmpty(parent)
      for (const folder of [join(parent, '..'), parent]) await handOn(folder, CONTROLLERS)
      return new ServerCgroups(parent)
    } catch (error) {
      log.info('servers get no cgroups of their own, and limits are only told to them', { reason: String(error) })
      return undefined
    }
  }

  /** Moves a process that has started nothing yet. Limits that the kernel does not enforce are named in the log, once. */
  async enter(state: ProcessState, limits: CgroupLimits, log: Log): Promise<void> {
    const folder = this.#folder(state)
    await makeCgroup(folder)
    await limitCgroup(folder, limits, (file, error) => {
      if (this.#warned.has(file)) return
      this.#warned.add(file)
      log.warn('a limit is told to servers and not enforced: the host has no such cgroup controller', { file, error })
    })
    await writeFile(join(folder, 'cgroup.procs'), String(state.pid))
  }

  /** Ends what is in it. False: there is none. */
  async end(state: ProcessState): Promise<boolean> {
    const folder = this.#folder(state)
    if ((await cgroupProcesses(folder)) === undefined) return false
    await killCgroup(folder)
    await removeCgroup(folder)
    return true
  }

  #folder({ pid, start_time: startTime = 0 }: ProcessState): string {
    return join(this.parent, `server-${pid}-${startTime}`)
  }
}

async function ownParent(): Promise<string | undefined> {
  const own = await ownCgroup()
  return own && join(own.folder, 'jupyterhub-servers')
}

/** What a hub that was killed has left; those with processes in them cannot be removed. */
async function removeEmpty(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith('server-'))
  await Promise.all(names.map((name) => rmdir(join(parent, name)).catch(() => undefined)))
}
