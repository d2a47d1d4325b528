import { readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { CodedError } from '@hub/api/base'

export class PidFileError extends CodedError {
  override readonly name = 'PidFileError'
  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super('pid_file_unwritable', 500, `Cannot write the pid file ${path}: ${reason}`, { cause })
  }
}

export interface PidFileOptions {
  /** Default: this process. */
  readonly pid?: number
  /** End the file with a newline. Default off. */
  readonly newline?: boolean
}

/** A file that holds the process id while the process lives. */
export class PidFile {
  private constructor(
    readonly path: string,
    readonly pid: number,
  ) {}

  /** Writes the file as a whole; an older one is replaced. @throws PidFileError */
  static async write(path: string, { pid = process.pid, newline = false }: PidFileOptions = {}): Promise<PidFile> {
    // Written aside and moved in: a reader never finds half a number.
    const aside = `${path}.${pid}.tmp`
    try {
      await writeFile(aside, `${pid}${newline ? '\n' : ''}`)
      await rename(aside, path)
    } catch (error) {
      await unlink(aside).catch(() => {})
      throw new PidFileError(path, error)
    }
    return new PidFile(path, pid)
  }

  /** The pid in a file, or undefined when there is no file or no number in it. */
  static async read(path: string): Promise<number | undefined> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return ''
      throw error
    })
    const pid = Number.parseInt(text.trim(), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  }

  /** Removes the file unless another process has put its own there meanwhile. */
  async close(): Promise<void> {
    if ((await PidFile.read(this.path)) !== this.pid) return
    await unlink(this.path).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
