import type { Log, LogFields } from '@hub/api/base'
import { jsonLine, textLine, type LineFormat, type LogLevel } from './log-lines.js'

/** Where finished lines go. `line` has no newline at its end. */
export type LogSink = (line: string, level: LogLevel) => void

export interface LoggerOptions {
  /** Events below this level are dropped; `silent` drops all. Default `info`. */
  readonly level?: LogLevel | 'silent'
  /** `text` is `[I 2026-01-01 12:00:00.000 NAME module] event key=value`; a function makes any other line. */
  readonly format?: 'text' | 'json' | LineFormat
  /** The program's name in each line. */
  readonly name?: string
  /** Off for a journal that stamps lines itself. Default on. */
  readonly timestamps?: boolean
  /** Paint the bracket of text lines by level. Default: when stderr is a terminal. */
  readonly color?: boolean
  /** Default: standard error. See `fileSink` for log files. */
  readonly sinks?: readonly LogSink[]
  readonly now?: () => Date
}

/** A {@link Log} whose level can be changed while it runs; children follow. */
export interface Logger extends Log {
  readonly level: LogLevel | 'silent'
  setLevel(level: LogLevel | 'silent'): void
  isEnabled(level: LogLevel): boolean
  child(fields: LogFields): Logger
}

const severity = { debug: 10, info: 20, warn: 30, error: 40, silent: 100 } as const

/** The level a name or number of JupyterHub's `log_level` means, or undefined when it means none. */
export function parseLogLevel(value: string | number): LogLevel | 'silent' | undefined {
  const name = String(value).toLowerCase()
  const known: Readonly<Record<string, LogLevel | 'silent'>> = {
    ...{ debug: 'debug', info: 'info', warn: 'warn', warning: 'warn', error: 'error', critical: 'error' },
    ...{ '0': 'debug', '10': 'debug', '20': 'info', '30': 'warn', '40': 'error', '50': 'error' },
  }
  return Object.hasOwn(known, name) ? known[name] : undefined
}

/** Writes to standard error, which is synchronous for files, pipes and terminals: nothing is lost at exit. */
export const stderrSink: LogSink = streamSink(() => process.stderr)

/** Writes to standard output; see {@link stderrSink}. */
export const stdoutSink: LogSink = streamSink(() => process.stdout)

function streamSink(open: () => NodeJS.WriteStream): LogSink {
  let stream: NodeJS.WriteStream | undefined
  return (line) => {
    // When the reader of a pipe has gone, lines are lost, and no more than lines: as an uncaught error, logged in turn,
    // this would go round for ever.
    stream ??= open().on('error', () => {})
    stream.write(`${line}\n`)
  }
}

/**
 * The logger of a daemon. Lines are made and written here, in a few kilobytes; log files with rotation are a sink of
 * their own (`fileSink`), so that a daemon without one does not load the library behind it.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { name = 'JupyterHub', timestamps = true, color = process.stderr.isTTY } = options
  const format = options.format ?? 'text'
  const toLine =
    typeof format === 'function'
      ? format
      : format === 'json'
        ? jsonLine({ name, timestamps })
        : textLine({ name, timestamps, color })
  const core: LoggerCore = {
    level: options.level ?? 'info',
    toLine,
    sinks: options.sinks ?? [stderrSink],
    now: options.now ?? (() => new Date()),
  }
  return new LineLogger(core, {})
}

interface LoggerCore {
  level: LogLevel | 'silent'
  readonly toLine: LineFormat
  readonly sinks: readonly LogSink[]
  readonly now: () => Date
}

class LineLogger implements Logger {
  constructor(
    // Shared with all children, so that a changed level reaches them.
    private readonly core: LoggerCore,
    private readonly bound: LogFields,
  ) {}

  get level(): LogLevel | 'silent' {
    return this.core.level
  }

  setLevel(level: LogLevel | 'silent'): void {
    this.core.level = level
  }

  isEnabled(level: LogLevel): boolean {
    return severity[level] >= severity[this.core.level]
  }

  debug(event: string, fields?: LogFields): void {
    this.write('debug', event, fields)
  }

  info(event: string, fields?: LogFields): void {
    this.write('info', event, fields)
  }

  warn(event: string, fields?: LogFields): void {
    this.write('warn', event, fields)
  }

  error(event: string, fields?: LogFields): void {
    this.write('error', event, fields)
  }

  child(fields: LogFields): Logger {
    return new LineLogger(this.core, { ...this.bound, ...fields })
  }

  private write(level: LogLevel, event: string, fields?: LogFields): void {
    if (!this.isEnabled(level)) return
    const record = { level, event, fields: fields ? { ...this.bound, ...fields } : this.bound, time: this.core.now() }
    const line = this.core.toLine(record)
    for (const sink of this.core.sinks) sink(line, level)
  }
}
