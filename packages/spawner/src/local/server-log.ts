import { randomUUID } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, readlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NAME = 'jupyterhub-server-log-'
/** A pause between two looks keeps a server that floods its log from keeping the hub busy. */
const PAUSE_MS = 200
const MOST_AT_ONCE = 64 * 1024
/** Emptied beyond this: what it held has been passed on. */
const MOST_KEPT = 1024 * 1024
const TAIL_BYTES = 16 * 1024

/**
 * What a server prints, on its way to the hub's own output. It goes through a file rather than a pipe, because a server that
 * outlives the hub must be able to print on. The file has no name, so nothing is left of it when the server has ended.
 */
export class ServerLog {
  #offset: number
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #passing: Promise<void> = Promise.resolve()
  #closed = false

  private constructor(
    private readonly file: FileHandle,
    startAt: number,
    private readonly passOn: (chunk: Buffer) => void,
  ) {
    this.#offset = startAt
    // The path leads to the open file itself, also of one without a name.
    this.#watcher = watch(`/proc/self/fd/${file.fd}`, { persistent: false }, () => this.#later())
    this.#watcher.on('error', () => undefined)
  }

  /** @throws where files cannot be made, or there is no /proc */
  static async create(passOn: (chunk: Buffer) => void): Promise<ServerLog> {
    const path = join(tmpdir(), NAME + randomUUID())
    // Appending, so that the next line after the file was emptied stands at its beginning.
    const file = await open(path, 'ax+', 0o600)
    try {
      await unlink(path)
      return new ServerLog(file, 0, passOn)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The log of a server that an earlier hub has started; undefined when it has none that this process may open. */
  static async adopt(pid: number, passOn: (chunk: Buffer) => void): Promise<ServerLog | undefined> {
    const link = `/proc/${pid}/fd/1`
    try {
      if (!(await readlink(link)).includes(`/${NAME}`)) return undefined
      const file = await open(link, 'a+')
      return new ServerLog(file, (await file.stat()).size, passOn)
    } catch {
      return undefined // ended meanwhile, or another user's
    }
  }

  /** For the server's standard output and error. */
  get fd(): number {
    return this.file.fd
  }

  /** @returns oldest first */
  async lastLines(count: number): Promise<string[]> {
    const { size } = await this.file.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    return linesOf(await this.#read(from, size - from)).slice(-count)
  }

  /** Passes on what is left. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#watcher?.close()
    clearTimeout(this.#timer)
    this.#pass()
    await this.#passing
    await this.file.close()
  }

  #later(): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pass()
    }, PAUSE_MS)
    this.#timer.unref()
  }

  #pass(): void {
    // A log that cannot be read is no reason to touch the server.
    this.#passing = this.#passing.then(() => this.#passNew()).catch(() => undefined)
  }

  async #passNew(): Promise<void> {
    const { size } = await this.file.stat()
    // The server may have emptied the file: it holds the descriptor too.
    if (size < this.#offset) this.#offset = 0
    const from = Math.max(this.#offset, size - MOST_AT_ONCE)
    if (from > this.#offset) this.passOn(Buffer.from(`[${from - this.#offset} bytes of a server's log left out]\n`))
    const chunk = await this.#read(from, size - from)
    this.#offset = size
    if (chunk.length > 0) this.passOn(chunk)
    if (size > MOST_KEPT) {
      await this.file.truncate()
      this.#offset = 0
    }
  }

  async #read(from: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(length), 0, length, from)
    return buffer.subarray(0, bytesRead)
  }
}

/** Whole lines of text as they may be shown: without what moves a terminal's cursor. */
export function linesOf(text: Buffer | string): string[] {
  return String(text)
    .split(/\r?\n/)
    .map((line) =>
      line
        // eslint-disable-next-line no-control-regex -- colours and the like
        .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
        // eslint-disable-next-line no-control-regex
        .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, ''),
    )
    .filter((line) => line.trim() !== '')
}
