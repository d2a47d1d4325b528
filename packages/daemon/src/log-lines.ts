import type { LogFields } from '@hub/api/base'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One event on its way to becoming a line. The field `module` names the part of the program that speaks. */
export interface LogRecord {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
  readonly time: Date
}

/** Makes the line (without a newline at its end; a stack may follow on lines of its own). */
export type LineFormat = (record: LogRecord) => string

export interface LineOptions {
  readonly name: string
  readonly timestamps: boolean
  readonly color?: boolean
}

const letters = { debug: 'D', info: 'I', warn: 'W', error: 'E' } as const
const colors = { debug: 34, info: 32, warn: 33, error: 31 } as const

/** `[I 2026-01-01 12:00:00.000 JupyterHub module] event key=value`, local time, the line people know from JupyterHub. */
export function textLine({ name, timestamps, color = false }: LineOptions): LineFormat {
  return ({ level, event, fields, time }) => {
    const { module, ...rest } = fields
    const stamp = timestamps ? ` ${localTimestamp(time)}` : ''
    const where = module === undefined ? name : `${name} ${typeof module === 'string' ? module : ''}`
    const head = `[${letters[level]}${stamp} ${where}]`
    const painted = color ? `\x1b[1;${colors[level]}m${head}\x1b[0m` : head
    return `${painted} ${escapeControls(event)}${formatFields(rest)}${level === 'error' ? stacksOf(rest) : ''}`
  }
}

/** One JSON object a line: `time`, `level`, `name`, `event`, then the fields. */
export function jsonLine({ name, timestamps }: LineOptions): LineFormat {
  return ({ level, event, fields, time }) => {
    const record = { ...(timestamps ? { time: time.toISOString() } : {}), level, name, event }
    try {
      return toJson({ ...record, ...fields })
    } catch {
      // A circle somewhere: the values go as the text line would show them.
      const shown = Object.entries(fields).map(([key, value]) => [key, formatValue(value)] as const)
      return toJson({ ...record, ...Object.fromEntries<string>(shown) })
    }
  }
}

/** ` key=value key="two words"`, or nothing; keys whose value is undefined are left out. */
export function formatFields(fields: LogFields): string {
  let text = ''
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${key}=${formatValue(value)}`
  }
  return text
}

/** The stacks of the errors among `fields`, each on lines of its own, causes included. */
export function stacksOf(fields: LogFields): string {
  let text = ''
  for (const value of Object.values(fields)) {
    for (let error: unknown = value, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
      text += `\n${depth ? 'caused by: ' : ''}${error.stack ?? String(error)}`
    }
  }
  return text
}

/** Control characters as `\xNN`: what a client sent must not forge a line or drive the reader's terminal. */
export function escapeControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (char) =>
    char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return quoteIfNeeded(value.message || value.name)
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return quoteIfNeeded(value)
  if (typeof value === 'object' && value !== null) {
    try {
      return escapeControls(JSON.stringify(value, (_key, inner: unknown) => plainValue(inner)))
    } catch {
      return '[circular]'
    }
  }
  return String(value)
}

function quoteIfNeeded(text: string): string {
  return text !== '' && /^[^\s"=\\\p{C}]+$/u.test(text) ? text : escapeControls(JSON.stringify(text))
}

function toJson(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof Error ? describeError(inner) : plainValue(inner),
  )
}

function plainValue(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function describeError(error: Error): object {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, message, code, stack, cause: cause instanceof Error ? describeError(cause) : cause }
}

function localTimestamp(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`
}
