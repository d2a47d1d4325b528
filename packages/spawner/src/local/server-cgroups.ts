import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@hub/api'
import { hasCode, type ProcessState } from './process-identity.js'

export interface CgroupLimits {
  readonly memoryBytes: number | null
  readonly cpuCores: number | null
}

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
      // One that is no cgroup has no such file, and none can be made in it.
      await readFile(join(parent, 'cgroup.procs'))
      await removeEmpty(parent)
      for (const folder of [join(parent, '..'), parent])
        for (const name of CONTROLLERS)
          await writeFile(join(folder, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
      return new ServerCgroups(parent)
    } catch (error) {
      log.info('servers get no cgroups of their own, and limits are only told to them', { reason: String(error) })
      return undefined
    }
  }

  /** Moves a process that has started nothing yet. Limits that the kernel does not enforce are named in the log, once. */
  async enter(state: ProcessState, limits: CgroupLimits, log: Log): Promise<void> {
    const folder = this.#folder(state)
    await mkdir(folder).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    const { memoryBytes, cpuCores } = limits
    if (memoryBytes !== null) await this.#limit(folder, 'memory.max', String(memoryBytes), log)
    if (cpuCores !== null)
      await this.#limit(folder, 'cpu.max', `${Math.max(1000, Math.round(cpuCores * 100_000))} 100000`, log)
    await writeFile(join(folder, 'cgroup.procs'), String(state.pid))
  }

  /** Ends what is in it. False: there is none. */
  async end(state: ProcessState): Promise<boolean> {
    const folder = this.#folder(state)
    try {
      await writeFile(join(folder, 'cgroup.kill'), '1')
    } catch (error) {
      if (hasCode(error, 'ENOENT') && !(await isThere(folder))) return false
      // Linux 5.13 and older have no such file.
      await killEach(folder)
    }
    await removeFolder(folder)
    return true
  }

  async #limit(folder: string, file: string, value: string, log: Log): Promise<void> {
    await writeFile(join(folder, file), value).catch((error: unknown) => {
      if (this.#warned.has(file)) return
      this.#warned.add(file)
      log.warn('a limit is told to servers and not enforced: the host has no such cgroup controller', { file, error })
    })
  }

  #folder({ pid, start_time: startTime = 0 }: ProcessState): string {
    return join(this.parent, `server-${pid}-${startTime}`)
  }
}

async function ownParent(): Promise<string | undefined> {
  const [membership, mounts] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
  ])
  const mount = mounts.split('\n').find((line) => line.includes(' - cgroup2 '))
  const [root, path] = [mount?.split(' ')[4], /^0::(.*)$/m.exec(membership)?.[1]]
  return root === undefined || path === undefined ? undefined : join(root, path, 'jupyterhub-servers')
}

function isThere(folder: string): Promise<boolean> {
  return readFile(join(folder, 'cgroup.procs')).then(
    () => true,
    () => false,
  )
}

async function killEach(folder: string): Promise<void> {
  // A process may fork between the look and the kill.
  for (let round = 0; round < 10; round++) {
    const pids = (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if (!hasCode(error, 'ESRCH')) throw error
      }
    }
    await sleep(10)
  }
}

/** What a hub that was killed has left; those with processes in them cannot be removed. */
async function removeEmpty(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith('server-'))
  await Promise.all(names.map((name) => rmdir(join(parent, name)).catch(() => undefined)))
}

/** Processes that were just killed may still be on their way out. */
async function removeFolder(folder: string): Promise<void> {
  for (let waitMs = 5; waitMs < 2000; waitMs *= 2) {
    const isLeft = await rmdir(folder).then(
      () => false,
      (error: unknown) => !hasCode(error, 'ENOENT'),
    )
    if (!isLeft) return
    await sleep(waitMs)
  }
}
