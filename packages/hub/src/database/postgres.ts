import type pg from 'pg'
import { DataSource } from 'typeorm'
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { DatabaseUnavailableError } from './errors.js'
import { postgresSession } from './postgres-session.js'
import type { Database } from './sql.js'
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

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  // Loaded when it is needed: most hubs run on sqlite.
  const { types } = (await import('pg')).default
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...upstreamTables, ...ownTables].map((table) => table.entity),
    poolSize: options.poolSize,
    connectTimeoutMS: 10_000,
    poolErrorHandler: (error: unknown) => options.log.warn('database connection lost', { error: String(error) }),
    logging: false,
    extra: {
      statement_timeout: options.statementTimeoutMs,
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
    write: async (work) => {
      const runner = source.createQueryRunner()
      try {
        await runner.startTransaction()
        // What the runner connects to is one connection of the pool, on which the transaction has begun.
        const connection = (await runner.connect()) as pg.PoolClient
        const result = await runWork(postgresSession(connection, options), options.statementTimeoutMs, work)
        await runner.commitTransaction()
        return result
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction()
        throw error
      } finally {
        await runner.release()
      }
    },
    close: () => (closing ??= source.destroy()),
  }
}
