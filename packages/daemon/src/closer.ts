import { silentLog, type Log } from '@hub/api/base'

interface Entry {
  readonly name: string
  readonly close: () => unknown
}

/**
 * What was started, closed in reverse: add each part once it runs. A part that fails or takes too long does not keep
 * the others open.
 *
 * ```ts
 * await using closer = new Closer()
 * const server = closer.use('listener', await listen(httpServer, { port: 0 }))
 * closer.add('timer', () => clearInterval(timer))
 * ```
 */
export class Closer implements AsyncDisposable {
  private readonly entries: Entry[] = []
  private closing: Promise<readonly Error[]> | undefined

  constructor(
    private readonly log: Log = silentLog,
    /** How long one part may take before the next is begun. */
    private readonly partDeadlineMs = 10_000,
  ) {}

  get isClosing(): boolean {
    return this.closing !== undefined
  }

  /** Added after the close began: closed at once. */
  add(name: string, close: () => unknown): void {
    const entry = { name, close }
    if (this.closing) this.closing = this.closing.then(async (errors) => [...errors, ...(await this.closePart(entry))])
    else this.entries.push(entry)
  }

  /** Adds something that has `close`, `stop` or is disposable, and hands it back. */
  use<T extends Closable>(name: string, part: T): T {
    this.add(name, () => {
      if ('close' in part) return part.close()
      if ('stop' in part) return part.stop()
      if (Symbol.asyncDispose in part) return part[Symbol.asyncDispose]()
      return part[Symbol.dispose]()
    })
    return part
  }

  /** Never rejects; may be called twice. @returns what went wrong on the way. */
  close(): Promise<readonly Error[]> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  private async closeAll(): Promise<readonly Error[]> {
    const errors: Error[] = []
    for (let entry = this.entries.pop(); entry; entry = this.entries.pop())
      errors.push(...(await this.closePart(entry)))
    return errors
  }

  private async closePart({ name, close }: Entry): Promise<readonly Error[]> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${name} did not close in ${this.partDeadlineMs} ms`)),
        this.partDeadlineMs,
      )
    })
    try {
      await Promise.race([(async () => close())(), late])
      return []
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.log.warn('could not close a part', { part: name, error })
      return [error]
    } finally {
      clearTimeout(timer)
    }
  }
}

export type Closable =
  { close(): unknown } | { stop(): unknown } | { [Symbol.asyncDispose](): unknown } | { [Symbol.dispose](): unknown }
