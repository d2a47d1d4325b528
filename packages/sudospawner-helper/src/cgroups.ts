import { execFile } from 'node:child_process'
import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@hub/api/base'
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
      const root = where === 'auto' ? await ownCgroup() : where
      if (root === undefined) throw new Error('the helper is in no cgroup of its own (systemd: Delegate=yes)')
      await access(join(root, 'cgroup.procs'), constants.W_OK)
      // Only cgroups without processes of their own may hand controllers on, so the helper moves into one below.
      if (where === 'auto') {
        await mkdir(join(root, 'helper')).catch(unlessThere)
        await writeFile(join(root, 'helper/cgroup.procs'), String(process.pid))
      }
      for (const name of CONTROLLERS) {
        await writeFile(join(root, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
      }
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
    await mkdir(folder).catch(unlessThere)
    const values: (readonly [file: string, value: string | undefined])[] = [
      ['memory.max', limits.memoryBytes === null ? undefined : String(limits.memoryBytes)],
      // A server at its limit is ended as a whole, not robbed of one process.
      ['memory.oom.group', limits.memoryBytes === null ? undefined : '1'],
      [
        'cpu.max',
        limits.cpuCores === null ? undefined : `${Math.max(1000, Math.round(limits.cpuCores * 100_000))} 100000`,
      ],
    ]
    let enforced = true
    for (const [file, value] of values) {
      if (value === undefined) continue
      await writeFile(join(folder, file), value).catch((error: unknown) => {
        enforced = false
        this.log.warn('a limit cannot be enforced', { file, error: error instanceof Error ? error.message : error })
      })
    }
    return { folder, enforced }
  }

  async #probe(): Promise<void> {
    const folder = join(this.root, `probe-${process.pid}`)
    await mkdir(folder).catch(unlessThere)
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
  const [procs, memory, cpu] = await Promise.all([read('cgroup.procs'), read('memory.current'), read('cpu.stat')])
  if (procs === undefined) return undefined
  const microseconds = /^usage_usec (\d+)$/m.exec(cpu ?? '')?.[1]
  return {
    pids: procs.split('\n').filter(Boolean).map(Number),
    memoryBytes: memory === undefined ? null : Number(memory),
    cpuSeconds: microseconds === undefined ? null : Number(microseconds) / 1_000_000,
  }
}

/** Kills all that is in it, whoever's it is. */
export async function killCgroup(folder: string): Promise<void> {
  await writeFile(join(folder, 'cgroup.kill'), '1').catch(() => undefined)
}

/** Removes an empty cgroup; processes that were just killed may still be on their way out. */
export async function removeCgroup(folder: string): Promise<boolean> {
  for (let waitMs = 5; waitMs < 1000; waitMs *= 2) {
    const left = await rmdir(folder).then(
      () => false,
      (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
    )
    if (!left) return true
    await sleep(waitMs)
  }
  return false
}

/** The helper's own cgroup; undefined when that is the root, which nobody has given to it. */
async function ownCgroup(): Promise<string | undefined> {
  const [membership, mounts] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
  ])
  const path = /^0::(.*)$/m.exec(membership)?.[1]?.replace(/\/helper$/, '')
  const mount = mounts
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
    ?.split(' ')[4]
  return path === undefined || path === '' || path === '/' || mount === undefined ? undefined : join(mount, path)
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
