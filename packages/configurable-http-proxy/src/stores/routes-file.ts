import { createHash } from 'node:crypto'
import { open, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CodedError, type Log } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { RouteData, RouteRow } from '../route-store.js'

/** The file of the routes cannot be read or written. */
export class RoutesFileError extends CodedError {
  override readonly name = 'RoutesFileError'
}

/** One line of the file after the first. */
export type JournalEntry =
  | { readonly add: RouteKey; readonly data: RouteData; readonly at: number }
  | { readonly remove: RouteKey }
  /** Times of activity. */
  | { readonly active: readonly (readonly [RouteKey, number])[] }

const header = '{"file":"routes of configurable-http-proxy","version":1}'
/** Written anew when this many lines more than there are routes have piled up. */
const spareLines = 2_000

/**
 * A file of routes: the table, and behind it one line for each change since. Each line carries a check sum, and a change
 * counts once its line is on the disk, so whenever the process is killed the file says what was answered before.
 */
export class RoutesFile {
  private handle: FileHandle | undefined
  private inode = 0
  private lines = 0
  /** After a failed write the end of the file may be torn: then it is written anew instead of added to. */
  private isTorn = false
  private readonly waiting: { readonly entry: JournalEntry; done(): void; failed(error: unknown): void }[] = []
  private writing: Promise<void> | undefined

  private constructor(
    private readonly path: string,
    private readonly rows: () => Iterable<readonly [RouteKey, RouteRow]>,
  ) {}

  /**
   * Reads the file, which need not exist, and takes it over: another process that has it open writes no more to it.
   *
   * @param rows - the table as it is now, for when the file is written anew
   * @returns what it says, to be put into the table before anything is written
   */
  static async open(
    path: string,
    rows: () => Iterable<readonly [RouteKey, RouteRow]>,
    log: Log,
  ): Promise<{ readonly file: RoutesFile; readonly entries: readonly JournalEntry[] }> {
    const content = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return ''
      throw unusable(path, error)
    })
    const { entries, isTorn } = parse(path, content)
    if (isTorn) log.warn('the last line of the routes file was not finished and is left out', { file: path })
    return { file: new RoutesFile(path, rows), entries }
  }

  /** Writes the table as a whole, beside the file first, so that there is always one complete file. */
  async rewrite(): Promise<void> {
    const aside = `${this.path}.${process.pid}.tmp`
    const handle = await open(aside, 'w', 0o600).catch((error: unknown) => {
      throw unusable(this.path, error)
    })
    try {
      let lines = 0
      let text = `${header}\n`
      for (const [key, { data, lastActivity }] of this.rows()) {
        text += line({ add: key, data, at: lastActivity })
        lines++
      }
      await handle.write(text)
      await handle.sync()
      const { ino } = await handle.stat()
      await rename(aside, this.path)
      await syncFolder(this.path)
      await this.handle?.close()
      Object.assign(this, { handle, inode: ino, lines, isTorn: false })
    } catch (error) {
      await handle.close()
      await unlink(aside).catch(() => {})
      throw unusable(this.path, error)
    }
  }

  /** Resolves when the line is on the disk; lines that come meanwhile go together. */
  append(entry: JournalEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed })
      this.writing ??= this.writeAll()
    })
  }

  async close(): Promise<void> {
    await this.writing
    await this.handle?.close()
    this.handle = undefined
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0)
      try {
        await this.write(batch.map(({ entry }) => entry))
        for (const each of batch) each.done()
      } catch (error) {
        this.isTorn = true
        for (const each of batch) each.failed(unusable(this.path, error))
      }
    }
    this.writing = undefined
  }

  private async write(entries: readonly JournalEntry[]): Promise<void> {
    // The table does not have the batch yet: it is put behind the table even when that is written anew.
    if (this.isTorn || this.lines > spareLines + 2 * count(this.rows())) await this.rewrite()
    const { handle } = this
    if (handle === undefined) throw new Error('it is closed')
    if ((await stat(this.path)).ino !== this.inode) throw new Error('another process has taken it over')
    await handle.write(entries.map(line).join(''))
    await handle.datasync()
    this.lines += entries.length
  }
}

function line(entry: JournalEntry): string {
  const json = JSON.stringify(entry)
  return `${checkSum(json)} ${json}\n`
}

function parse(path: string, content: string): { readonly entries: JournalEntry[]; readonly isTorn: boolean } {
  if (content === '') return { entries: [], isTorn: false }
  const lines = content.split('\n')
  const rest = lines.pop()
  // Somebody's own file must not be written over because its name was given by mistake.
  if (lines[0] !== header) throw damaged(path, 1)
  const entries: JournalEntry[] = []
  for (const [index, text] of lines.entries()) {
    if (index === 0) continue
    const json = text.slice(9)
    if (text.slice(0, 9) === `${checkSum(json)} `) {
      // Its check sum says that it is as we wrote it.
      entries.push(JSON.parse(json) as JournalEntry)
    } else if (index === lines.length - 1 && rest === '') return { entries, isTorn: true }
    else throw damaged(path, index + 1)
  }
  return { entries, isTorn: rest !== '' }
}

function damaged(path: string, lineNumber: number): RoutesFileError {
  return new RoutesFileError(
    'routes_file_damaged',
    500,
    `Line ${lineNumber} of the routes file ${path} is not as it was written. Move the file away to start without routes.`,
  )
}

function unusable(path: string, error: unknown): RoutesFileError {
  if (error instanceof RoutesFileError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new RoutesFileError('routes_file_unusable', 500, `The routes file ${path} cannot be used: ${reason}`, {
    cause: error,
  })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const checkSum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

function count(rows: Iterable<unknown>): number {
  let n = 0
  for (const _row of rows) n++
  return n
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
