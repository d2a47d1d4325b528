import { execFile } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempDir } from './temp-dir.js'

const execute = promisify(execFile)

/** A file system of its own that is soon full. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string
  /** Leaves so many bytes of room, in whole pages; none by default. */
  fill(left?: number): Promise<void>
  /** Gives the room back. */
  free(): Promise<void>
}

/** Needs root. @param kilobytes - more than what is to fit before it is filled */
export async function smallDisk(kilobytes: number): Promise<SmallDisk> {
  const dir = await tempDir('small-disk-')
  await execute('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=1777`, 'tmpfs', dir.path])
  const filler = join(dir.path, 'filler')
  return {
    path: dir.path,
    async fill(left = 0) {
      const { bavail, bsize } = await statfs(dir.path)
      // More than there is: it fails at the end, which is what is wanted.
      const length = left === 0 ? bavail * bsize + 1 : bavail * bsize - left
      await writeFile(filler, Buffer.alloc(Math.max(0, length))).catch(() => undefined)
    },
    free: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      await execute('umount', ['--lazy', dir.path])
      await dir[Symbol.asyncDispose]()
    },
  }
}
