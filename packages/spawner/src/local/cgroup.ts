import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasCode } from './process-identity.js'

/** Enforced by the kernel on all processes of a cgroup together. */
export interface CgroupLimits {
  readonly memoryBytes: number | null
  readonly cpuCores: number | null
}

/** Folder of the cgroup (v2) that this process is in, and its path within the tree; undefined where the host has none. */
export async function ownCgroup(): Promise<{ readonly folder: string; readonly path: string } | undefined> {
  const [membership, mounts] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
  ])
  const mount = mounts.split('\n').find((line) => line.includes(' - cgroup2 '))
  const [root, path] = [mount?.split(' ')[4], /^0::(.*)$/m.exec(membership)?.[1]]
  return root === undefined || path === undefined ? undefined : { folder: join(root, path), path }
}

/** One that is there already stays as it is. */
export async function makeCgroup(folder: string): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
}

/** Lets the cgroups below have these controllers, as far as this one has them itself. */
export async function handOn(folder: string, controllers: readonly string[]): Promise<void> {
  for (const name of controllers)
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
}

/**
 * Memory beyond the limit costs the process that wants it its life, most often a kernel, and the server goes on.
 *
 * @param onRefused - of a limit that the host has no controller for
 */
export async function limitCgroup(
  folder: string,
  { memoryBytes, cpuCores }: CgroupLimits,
  onRefused: (file: string, error: unknown) => void,
): Promise<void> {
  const set = (file: string, value: string): Promise<void> =>
    writeFile(join(folder, file), value).catch((error: unknown) => onRefused(file, error))
  if (memoryBytes !== null) await set('memory.max', String(memoryBytes))
  // The kernel refuses a quota of less than a millisecond.
  if (cpuCores !== null) await set('cpu.max', `${Math.max(1000, Math.round(cpuCores * 100_000))} 100000`)
}

/** Undefined: there is no such cgroup. */
export async function cgroupProcesses(folder: string): Promise<number[] | undefined> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => undefined)
  return text?.split('\n').filter(Boolean).map(Number)
}

/** Kills all that is in it, whoever's it is. */
export async function killCgroup(folder: string): Promise<void> {
  try {
    await writeFile(join(folder, 'cgroup.kill'), '1')
  } catch {
    // Linux 5.13 and older have no such file.
    await killEach(folder)
  }
}

async function killEach(folder: string): Promise<void> {
  // A process may fork between the look and the kill.
  for (let round = 0; round < 10; round++) {
    const pids = (await cgroupProcesses(folder)) ?? []
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        // Another account's: only the kernel's own file would reach it.
        if (!hasCode(error, 'ESRCH') && !hasCode(error, 'EPERM')) throw error
      }
    }
    await sleep(10)
  }
}

/** @returns whether it is gone: processes that were just killed may still be on their way out */
export async function removeCgroup(folder: string): Promise<boolean> {
  for (let waitMs = 5; waitMs < 2000; waitMs *= 2) {
    const isLeft = await rmdir(folder).then(
      () => false,
      (error: unknown) => !hasCode(error, 'ENOENT'),
    )
    if (!isLeft) return true
    await sleep(waitMs)
  }
  return false
}
