import { createWriteStream, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { CodedError, type Log } from '@hub/api/base'
import type { AccessLogOptions } from './options.js'

/** The file of the access log cannot be opened. */
export class AccessLogError extends CodedError {
  override readonly name = 'AccessLogError'
}

/** One request that is over. */
export interface AccessRecord {
  readonly request: IncomingMessage
  readonly client: string | undefined
  readonly startedAt: Date
  readonly durationMs: number
  /** 499: the client went away before an answer. */
  readonly status: number
  readonly sentBytes: number
}

/** More than this waits for a disk that does not keep up; lines beyond it are dropped, and counted. */
const maxWaitingBytes = 8 * 1024 * 1024

/** A line for each request. Neither the address nor the referring page is shown with its query: tokens travel there. */
export class AccessLog {
  private pending = ''
  private dropped = 0
  private isScheduled = false
  private file: WriteStream | undefined

  private constructor(
    private readonly options: AccessLogOptions,
    private readonly log: Log,
  ) {}

  /** @throws AccessLogError */
  static async open(options: AccessLogOptions, log: Log): Promise<AccessLog> {
    const accessLog = new AccessLog(options, log)
    await accessLog.reopen()
    return accessLog
  }

  write(record: AccessRecord): void {
    const waiting = this.pending.length + (this.file?.writableLength ?? 0)
    if (waiting > maxWaitingBytes) {
      this.dropped++
      return
    }
    this.pending += `${this.options.format === 'json' ? jsonRecord(record) : combinedRecord(record)}\n`
    if (this.isScheduled) return
    this.isScheduled = true
    // Lines of one turn of the event loop go together: a call of the system for each would cost more than the line.
    setImmediate(() => this.flush())
  }

  /** Opens the file anew, for programs that move logs away. */
  async reopen(): Promise<void> {
    const { file: path } = this.options
    if (path === undefined) return
    try {
      const handle = await open(path, 'a', 0o640)
      const next = createWriteStream('', { fd: handle })
      next.on('error', (error) => this.log.error('the access log cannot be written', { error }))
      this.flush()
      const former = this.file
      this.file = next
      former?.end()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new AccessLogError('access_log_unusable', 500, `The access log ${path} cannot be opened: ${reason}`, {
        cause: error,
      })
    }
  }

  async close(): Promise<void> {
    this.flush()
    const { file } = this
    if (file !== undefined) await new Promise<void>((resolve) => file.end(resolve))
  }

  private flush(): void {
    this.isScheduled = false
    if (this.dropped > 0) {
      this.log.warn('lines of the access log were dropped: it cannot be written fast enough', { lines: this.dropped })
      this.dropped = 0
    }
    if (this.pending === '') return
    const text = this.pending
    this.pending = ''
    ;(this.file ?? process.stdout).write(text)
  }
}

function combinedRecord({ request, client, startedAt, status, sentBytes }: AccessRecord): string {
  const { method = '', httpVersion, headers } = request
  const line = `${method} ${withoutQuery(request.url)} HTTP/${httpVersion}`
  const referer = quoted(withoutQuery(headers.referer) || '-')
  return `${client ?? '-'} - - [${clock(startedAt)}] ${quoted(line)} ${status} ${sentBytes} ${referer} ${quoted(headers['user-agent'] ?? '-')}`
}

function jsonRecord({ request, client, startedAt, durationMs, status, sentBytes }: AccessRecord): string {
  const { method, httpVersion, headers } = request
  return JSON.stringify({
    time: startedAt.toISOString(),
    client,
    method,
    host: headers.host,
    path: withoutQuery(request.url),
    protocol: `HTTP/${httpVersion}`,
    status,
    bytes: sentBytes,
    duration_ms: Math.round(durationMs * 10) / 10,
    referer: withoutQuery(headers.referer) || undefined,
    user_agent: headers['user-agent'],
  })
}

/** Neither query nor fragment, nor a name and password before the host. */
function withoutQuery(url = ''): string {
  return url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}

function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const safe = text.replace(/["\\\x00-\x1f\x7f-\x9f]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${safe}"`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `25/Nov/2026:21:16:50 +0000` */
function clock(time: Date): string {
  const iso = time.toISOString()
  return `${iso.slice(8, 10)}/${months[time.getUTCMonth()] ?? ''}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}
