import { execFile } from 'node:child_process'
import { access, readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Log } from '@hub/api/base'
import { cgroupProcesses, handOn, limitCgroup, makeCgroup, ownCgroup, removeCgroup } from '@hub/spawner/host'
import type { Limits } from './server-record.js'

const execute = promisify(execFile)

/** Moves itself into a cgroup and becomes the rest of its arguments: all that is started then is in it from the first moment. */
const ENTER = ['/bin/sh', '-c', 'echo 0 > "$1/cgroup.procs" && shift && exec "$@"', 'enter-cgroup']
const CONTROLLERS = ['memory', 'cpu', 'pids']

/** Makes a cgroup (v2) for each server: its processes are counted, limited and ended as one. */
export class Cgroups {
  private constructor(
    private readonly root: string,
    private readonly log: Log,
  ) {}

  /**
   * @param where - `auto`, or the path of a cgroup
   * @returns undefined where the helper may not make cgroups; the log says why
   */
  static async open(where: string, log: Log): Promise<Cgroups | undefined> {
    if (where === 'none') return undefined
    try {
      const root = where === 'auto' ? await ownRoot() : where
      if (root === undefined) throw new Error('the helper is in no cgroup of its own (systemd: Delegate=yes)')
      await access(join(root, 'cgroup.procs'), constants.W_OK)
      // Only cgroups without processes of their own may hand controllers on, so the helper moves into one below.
      if (where === 'auto') {
        await makeCgroup(join(root, 'helper'))
        await writeFile(join(root, 'helper/cgroup.procs'), String(process.pid))
      }
      await handOn(root, CONTROLLERS)
      const cgroups = new Cgroups(root, log)
      await cgroups.#probe()
      log.info('each server gets a cgroup of its own', { below: root, limits: await cgroups.#limitable() })
      return cgroups
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn('servers get no cgroups of their own: limits are not enforced', { reason })
      return undefined
    }
  }

  /** @returns its folder, and whether the kernel enforces all the limits */
  async make(id: string, limits: Limits): Promise<{ readonly folder: string; readonly enforced: boolean }> {
    const folder = join(this.root, `server-${id}`)
    await makeCgroup(folder)
    let enforced = true
    await limitCgroup(folder, limits, (file, error) => {
      enforced = false
      this.log.warn('a limit cannot be enforced', { file, error: error instanceof Error ? error.message : error })
    })
    return { folder, enforced }
  }

  async #probe(): Promise<void> {
    const folder = join(this.root, `probe-${process.pid}`)
    await makeCgroup(folder)
    try {
      const [program = '', ...args] = enterCgroup(folder)
      await execute(program, [...args, '/bin/true'], { timeout: 5_000 })
    } finally {
      await removeCgroup(folder)
    }
  }

  async #limitable(): Promise<string> {
    return (await readFile(join(this.root, 'cgroup.subtree_control'), 'utf8').catch(() => '')).trim() || 'none'
  }
}

/** Words to put before a command, so that it runs in the cgroup. */
export const enterCgroup = (folder: string): readonly string[] => [...ENTER, folder]

export interface CgroupUse {
  readonly pids: readonly number[]
  /** Null where the controller is off. */
  readonly memoryBytes: number | null
  readonly cpuSeconds: number | null
}

/** Undefined when the cgroup is gone. */
export async function readCgroup(folder: string): Promise<CgroupUse | undefined> {
  const read = (file: string): Promise<string | undefined> =>
    readFile(join(folder, file), 'utf8').catch(() => undefined)
  const [pids, memory, cpu] = await Promise.all([cgroupProcesses(folder), read('memory.current'), read('cpu.stat')])
  if (pids === undefined) return undefined
  const microseconds = /^usage_usec (\d+)$/m.exec(cpu ?? '')?.[1]
  return {
    pids,
    memoryBytes: memory === undefined ? null : Number(memory),
    cpuSeconds: microseconds === undefined ? null : Number(microseconds) / 1_000_000,
  }
}

/** The helper's own cgroup; undefined when that is the root, which nobody has given to it. */
async function ownRoot(): Promise<string | undefined> {
  const own = await ownCgroup()
  // It may have moved into the one below before it was started again in place.
  const folder = own?.folder.replace(/\/helper$/, '')
  return own === undefined || own.path === '/' ? undefined : folder
}
