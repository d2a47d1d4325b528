/** Named values that go with a log event; they are searchable, the message is not parsed. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * What every package logs through: an event in a few words, its values as fields.
 * The daemons pass in a winston logger of this shape, tests pass a recorder.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A logger that adds `fields` to each of its events. */
  child(fields: LogFields): Log
}

/** Swallows everything; for tools and tests that have no use for a log. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
