import { QueryFailedError, type QueryRunner } from 'typeorm'
import type { Log } from '@hub/api'
import { DatabaseError, DatabaseTimeoutError, DuplicateError } from './errors.js'
import type { DatabaseKind, RawRow, Sql, SqlValue } from './sql.js'

export interface SessionOptions {
  readonly kind: DatabaseKind
  readonly log: Log
  readonly statementTimeoutMs: number
}

/** Statements over one query runner, which may be in a transaction. */
export function sessionOver(runner: QueryRunner, options: SessionOptions): Sql {
  const { kind, log } = options
  async function query(text: string, params: readonly SqlValue[]) {
    try {
      // `true` asks for rows and count alike, whatever the statement is.
      return await runner.query(kind === 'postgres' ? numbered(text) : text, [...params], true)
    } catch (error) {
      throw databaseError(error, options.statementTimeoutMs)
    }
  }
  return {
    kind,
    log,
    async all<Raw extends object = RawRow>(text: string, params: readonly SqlValue[] = []): Promise<Raw[]> {
      // TypeORM's sqlite runner drops the rows of a statement that begins with INSERT, UPDATE or DELETE; a space hides the word.
      const result = await query(kind === 'sqlite' ? ` ${text}` : text, params)
      return result.records as Raw[]
    },
    async run(text, params = []) {
      const result = await query(text, params)
      return result.affected ?? 0
    },
  }
}

const numberedTexts = new Map<string, string>()

/** `?`, `?`, … as `$1`, `$2`, …; remembered for the short texts, which are the repeated ones. */
export function numbered(text: string): string {
  const known = numberedTexts.get(text)
  if (known !== undefined) return known
  let position = 0
  const result = text.replace(/\?/g, () => `$${++position}`)
  if (text.length < 2_000 && numberedTexts.size < 1_000) numberedTexts.set(text, result)
  return result
}

/** What the driver threw, without the parameters that TypeORM adds to it. */
export function databaseError(error: unknown, timeoutMs: number): Error {
  if (!(error instanceof QueryFailedError)) return error instanceof Error ? error : new Error(String(error))
  const { code, message } = error.driverError as { code?: string; message: string }
  // The driver's own error carries the offending values in `detail`; its message and stack do not.
  const cause = new Error(message)
  if (code === '23505' || (code === 'SQLITE_CONSTRAINT' && message.includes('UNIQUE constraint failed'))) {
    return new DuplicateError('Something of this name exists already.', { cause })
  }
  if (code === '57014' || code === 'SQLITE_INTERRUPT') {
    return new DatabaseTimeoutError('a statement', timeoutMs, { cause })
  }
  return new DatabaseError(`The database refused a statement: ${message}`, { cause })
}
