import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { linesOf } from '@hub/spawner/host'

/** Lines longer than this are cut; a tail never reads more than so many of them. */
const LINE_BYTES = 2_000
const CHUNK_BYTES = 64 * 1024

/** Opened to append, so that what is written after the file was cut stands at its new end. Only the helper may read it. */
export function openLog(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600)
}

/** The last lines, without what moves a terminal's cursor. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined || count === 0) {
    await file?.close()
    return []
  }
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - count * LINE_BYTES)
    return readableLines(await readFrom(file, from, size - from)).slice(-count)
  } finally {
    await file.close()
  }
}

/**
 * The last lines and then new ones as they are written.
 *
 * @param isOver - asked when there is nothing new; once it says yes, and nothing new has come meanwhile, the log is over
 */
export async function* followLines(
  path: string,
  count: number,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return
  let wake = (): void => undefined
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(path, { persistent: false }, () => wake())
    let { size: offset } = await file.stat()
    yield* await lastLines(path, count)
    let rest = ''
    while (!signal.aborted) {
      const over = isOver()
      const { size } = await file.stat()
      // Cut meanwhile: what was lost between is lost.
      if (size < offset) offset = 0
      if (size > offset) {
        const chunk = await readFrom(file, offset, Math.min(CHUNK_BYTES, size - offset))
        offset += chunk.length
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        yield* readableLines(lines.join('\n'))
        continue
      }
      if (over) {
        yield* readableLines(rest)
        return
      }
      await new Promise<void>((resolve) => {
        // Watching may miss a write; the end of the server is no write at all.
        const timer = setTimeout(resolve, 1_000)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        signal.addEventListener('abort', wake, { once: true })
      })
      signal.removeEventListener('abort', wake)
    }
  } finally {
    watcher?.close()
    await file.close()
  }
}

/** Cuts a log that has grown too long to its last half. The server goes on writing meanwhile; a line or two may be lost. */
export async function trimLog(path: string, maxBytes: number): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.size <= maxBytes) return
  const file = await open(path, 'r+')
  try {
    const kept = Math.floor(maxBytes / 2)
    const tail = await readFrom(file, found.size - kept, kept)
    await file.truncate(0)
    await file.write(tail.subarray(tail.indexOf(10) + 1), 0, undefined, 0)
  } finally {
    await file.close()
  }
}

export async function removeLog(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}

async function readFrom(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}

const readableLines = (text: Buffer | string): string[] => linesOf(text).map((line) => line.slice(0, LINE_BYTES))
