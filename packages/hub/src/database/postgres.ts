import type pg from 'pg'
import { DataSource } from 'typeorm'
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { DatabaseUnavailableError, isDatabaseAway } from './errors.js'
import { postgresError, postgresSession } from './postgres-session.js'
import type { Database, Transaction } from './sql.js'
import { runWork } from './transaction.js'
import { redactDatabaseUrl } from './url.js'

export interface PostgresOptions {
  readonly url: string
  readonly poolSize: number
  readonly log: Log
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

const TIMESTAMP_OID = 1114
/** How much longer than a statement may take its end is waited for. */
const unheardAfterMs = 500

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  // Loaded when it is needed: most hubs run on sqlite.
  const { types } = (await import('pg')).default
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...upstreamTables, ...ownTables].map((table) => table.entity),
    poolSize: options.poolSize,
    connectTimeoutMS: Math.min(10_000, options.statementTimeoutMs),
    poolErrorHandler: (error: unknown) => options.log.warn('database connection lost', { error: String(error) }),
    logging: false,
    extra: {
      statement_timeout: options.statementTimeoutMs,
      // The server's own word comes first, unless it cannot be heard any more.
      query_timeout: options.statementTimeoutMs + unheardAfterMs,
      keepAlive: true,
      idle_in_transaction_session_timeout: 2 * options.statementTimeoutMs,
      types: {
        // The driver would read naive timestamps as local time; ours are UTC and decoded by their column.
        getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
          // The driver knows more numbers of types than its own list names.
          oid === TIMESTAMP_OID ? (value: string) => value : types.getTypeParser(oid, format ?? 'text'),
      },
    },
  })
  try {
    await source.initialize()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatabaseUnavailableError(
      `The database ${redactDatabaseUrl(options.url)} cannot be reached: ${reason}. Check that it runs and that db_url is right.`,
      { cause: error },
    )
  }
  // The driver of a postgres source; its master is the pool.
  const pool = (source.driver as PostgresDriver).master as pg.Pool
  const read = postgresSession(pool, options)
  let closing: Promise<void> | undefined
  return {
    kind: 'postgres',
    read,
    autocommit: read,
    write: (work) => inTransaction(pool, options, work),
    close: () => (closing ??= source.destroy()),
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  options: PostgresOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect().catch((error: unknown) => {
    throw postgresError(error, options.statementTimeoutMs)
  })
  // The statement that is under way fails, and says so; nobody listening for the event would end the process.
  connection.on('error', ignored)
  const sql = postgresSession(connection, options)
  let lost = false
  try {
    await sql.run('BEGIN')
    const result = await runWork(sql, options.statementTimeoutMs, work)
    await sql.run('COMMIT')
    return result
  } catch (error) {
    // A statement may be under way still: the server takes back what it did once the connection is gone.
    lost = isDatabaseAway(error)
    if (!lost) await sql.run('ROLLBACK').catch(() => (lost = true))
    throw error
  } finally {
    connection.off('error', ignored)
    connection.release(lost)
  }
}

const ignored = (): void => undefined
