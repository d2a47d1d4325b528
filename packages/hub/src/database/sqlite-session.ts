import type sqlite3 from 'sqlite3'
import type { Log } from '@hub/api'
import { databaseAway, DatabaseError, DatabaseFullError, DatabaseTimeoutError, DuplicateError } from './errors.js'
import type { RawRow, Sql, SqlValue } from './sql.js'

/** Statements kept compiled; compiling one costs three times what running a look-up by key does. */
const MAX_COMPILED = 200
/** Longer texts are those of multi-row inserts, which hardly ever come back the same. */
const MAX_COMPILED_LENGTH = 4_000

export interface SqliteSessionOptions {
  readonly connection: sqlite3.Database
  readonly log: Log
  /** Logs the text of each statement. */
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

interface Outcome {
  readonly rows: readonly RawRow[]
  readonly changes: number
}

/**
 * Statements on one connection, one after the other: the library would hand each to a thread of its own, where all but one would only
 * wait, and keep files and name look-ups of the whole process from being served.
 */
export class SqliteSession implements Sql {
  readonly kind = 'sqlite'
  readonly log: Log
  readonly #options: SqliteSessionOptions
  readonly #compiled = new Map<string, sqlite3.Statement>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SqliteSessionOptions) {
    this.#options = options
    this.log = options.log
  }

  async all<Raw extends object = RawRow>(text: string, params: readonly SqlValue[] = []): Promise<Raw[]> {
    const { rows } = await this.#inTurn(text, params, true)
    // The caller's type says what the text selects.
    return rows as Raw[]
  }

  async run(text: string, params: readonly SqlValue[] = []): Promise<number> {
    const { changes } = await this.#inTurn(text, params, false)
    return changes
  }

  /** Frees the compiled statements; the connection cannot be closed before. */
  async release(): Promise<void> {
    await this.#last.catch(() => {})
    const statements = [...this.#compiled.values()]
    this.#compiled.clear()
    await Promise.all(statements.map(finalize))
  }

  #inTurn(text: string, params: readonly SqlValue[], wantsRows: boolean): Promise<Outcome> {
    const execute = () => this.#execute(text, params, wantsRows)
    const outcome = this.#last.then(execute, execute)
    this.#last = outcome
    return outcome
  }

  async #execute(text: string, params: readonly SqlValue[], wantsRows: boolean): Promise<Outcome> {
    const { connection, statementTimeoutMs, debug, log } = this.#options
    const deadline = setTimeout(() => connection.interrupt(), statementTimeoutMs)
    const startedAt = debug ? performance.now() : 0
    try {
      const statement = await this.#compile(text)
      try {
        return await step(statement, params, wantsRows)
      } finally {
        if (!this.#compiled.has(text)) await finalize(statement)
      }
    } catch (error) {
      throw sqliteError(error, statementTimeoutMs)
    } finally {
      clearTimeout(deadline)
      if (debug) log.debug('sql', { text, tookMs: Math.round(performance.now() - startedAt) })
    }
  }

  async #compile(text: string): Promise<sqlite3.Statement> {
    const known = this.#compiled.get(text)
    if (known !== undefined) {
      // Put back at the end, so that the first is the one unused for longest.
      this.#compiled.delete(text)
      this.#compiled.set(text, known)
      return known
    }
    const statement = await prepare(this.#options.connection, text)
    if (text.length > MAX_COMPILED_LENGTH) return statement
    this.#compiled.set(text, statement)
    if (this.#compiled.size > MAX_COMPILED) {
      for (const [oldText, oldest] of this.#compiled) {
        this.#compiled.delete(oldText)
        await finalize(oldest)
        break
      }
    }
    return statement
  }
}

function prepare(connection: sqlite3.Database, text: string): Promise<sqlite3.Statement> {
  return new Promise((resolve, reject) => {
    const statement = connection.prepare(text, (error: Error | null) => (error ? reject(error) : resolve(statement)))
  })
}

function step(statement: sqlite3.Statement, params: readonly SqlValue[], wantsRows: boolean): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    if (wantsRows) {
      statement.all<RawRow>(params, (error, rows) => (error ? reject(error) : resolve({ rows, changes: 0 })))
    } else {
      statement.run(params, function (error) {
        if (error) reject(error)
        else resolve({ rows: [], changes: this.changes })
      })
    }
  })
}

function finalize(statement: sqlite3.Statement): Promise<void> {
  return new Promise((resolve) => {
    statement.finalize(() => resolve())
  })
}

function sqliteError(error: unknown, timeoutMs: number): Error {
  const message = error instanceof Error ? error.message : String(error)
  const cause = new Error(message)
  if (message.includes('UNIQUE constraint failed')) {
    return new DuplicateError('Something of this name exists already.', { cause })
  }
  if (message.startsWith('SQLITE_INTERRUPT')) return new DatabaseTimeoutError('a statement', timeoutMs, { cause })
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(message))
    return new DatabaseTimeoutError('another program to finish writing', timeoutMs, { cause })
  if (message.startsWith('SQLITE_FULL')) return new DatabaseFullError({ cause })
  if (/^SQLITE_(?:IOERR|CANTOPEN)/.test(message)) return databaseAway(cause)
  return new DatabaseError(`The database refused a statement: ${message}`, { cause })
}
