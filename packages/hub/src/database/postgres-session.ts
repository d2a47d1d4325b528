import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Log } from '@hub/api'
import { databaseAway, DatabaseError, DatabaseFullError, DatabaseTimeoutError, DuplicateError } from './errors.js'
import type { RawRow, Sql, SqlValue } from './sql.js'

/** Texts remembered with their names; longer ones are multi-row inserts, which hardly ever come back the same. */
const MAX_NAMED = 500
const MAX_NAMED_LENGTH = 4_000

export interface PostgresSessionOptions {
  readonly log: Log
  /** Logs the text of each statement. */
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

/** What both a pool and one of its connections can do. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

export function postgresSession(connection: Queryable, options: PostgresSessionOptions): Sql {
  const { log, debug, statementTimeoutMs } = options
  async function query(text: string, params: readonly SqlValue[]): Promise<pg.QueryResult<RawRow>> {
    const startedAt = debug ? performance.now() : 0
    try {
      return await connection.query<RawRow>({ ...named(text), values: params.map(storable) })
    } catch (error) {
      throw postgresError(error, statementTimeoutMs)
    } finally {
      if (debug) log.debug('sql', { text, tookMs: Math.round(performance.now() - startedAt) })
    }
  }
  return {
    kind: 'postgres',
    log,
    async all<Raw extends object = RawRow>(text: string, params: readonly SqlValue[] = []): Promise<Raw[]> {
      const { rows } = await query(text, params)
      // The caller's type says what the text selects.
      return rows as Raw[]
    },
    async run(text, params = []) {
      const { rowCount } = await query(text, params)
      return rowCount ?? 0
    },
  }
}

/** This database has no texts with zero bytes in them: what is looked for with one is not there, what is stored shows where it was. */
function storable(value: SqlValue): unknown {
  if (typeof value === 'string') return withoutZeros(value)
  return Array.isArray(value)
    ? value.map((item: unknown) => (typeof item === 'string' ? withoutZeros(item) : item))
    : value
}

const withoutZeros = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\u{FFFD}') : text)

interface Statement {
  readonly text: string
  /** Lets the server keep the plan; planning the join of servers costs it more than running it. */
  readonly name?: string
}

const statements = new Map<string, Statement>()

function named(text: string): Statement {
  const known = statements.get(text)
  if (known !== undefined) return known
  const numbered = numberParameters(text)
  if (text.length > MAX_NAMED_LENGTH || statements.size >= MAX_NAMED) return { text: numbered }
  const statement = { text: numbered, name: `hub_${createHash('sha256').update(text).digest('hex').slice(0, 24)}` }
  statements.set(text, statement)
  return statement
}

/** `?`, `?`, … as `$1`, `$2`, … */
export function numberParameters(text: string): string {
  let position = 0
  return text.replace(/\?/g, () => `$${++position}`)
}

/** The driver's error carries the offending values in `detail`; only its message goes on. */
export function postgresError(error: unknown, timeoutMs: number): Error {
  const message = error instanceof Error ? error.message : String(error)
  // Errors of the server have a code of five letters and digits, others may have none.
  const code = (error as { code?: string }).code
  const cause = new Error(message)
  if (code === '23505') return new DuplicateError('Something of this name exists already.', { cause })
  if (code === '57014' || message === 'Query read timeout')
    return new DatabaseTimeoutError('a statement', timeoutMs, { cause })
  if (code === '53100') return new DatabaseFullError({ cause })
  if (isConnectionProblem(code, message)) return databaseAway(cause)
  return new DatabaseError(`The database refused a statement: ${message}`, { cause })
}

/** Of the network, or of a server that starts, ends, is full (of connections, of data) or is a standby. */
const awayCodes = /^(E(?:CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_)|08|57P0|53|25006)/
/** What the driver says without a code. */
const awayMessages = /^Connection terminated|^timeout exceeded when trying to connect|not queryable$/

const isConnectionProblem = (code: string | undefined, message: string): boolean =>
  code === undefined ? awayMessages.test(message) : awayCodes.test(code)
