import pg from 'pg'
import { DataSource } from 'typeorm'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { sessionOver } from './session.js'
import type { Database, Sql } from './sql.js'

export interface PostgresOptions {
  readonly url: string
  readonly poolSize: number
  readonly log: Log
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

const TIMESTAMP_OID = 1114

export async function openPostgres(options: PostgresOptions): Promise<Database> {
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
      types: {
        // The driver would read naive timestamps as local time; ours are UTC and decoded by their column.
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          oid === TIMESTAMP_OID ? (value: string) => value : pg.types.getTypeParser(oid, format ?? 'text'),
      },
    },
  })
  await source.initialize()
  const session = { kind: 'postgres' as const, log: options.log, statementTimeoutMs: options.statementTimeoutMs }

  async function withRunner<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const runner = source.createQueryRunner()
    try {
      return await work(sessionOver(runner, session))
    } finally {
      await runner.release()
    }
  }

  let closing: Promise<void> | undefined
  return {
    kind: 'postgres',
    read: {
      kind: 'postgres',
      log: options.log,
      all: (text, params) => withRunner((sql) => sql.all(text, params)),
      run: (text, params) => withRunner((sql) => sql.run(text, params)),
    },
    write: async (work) => {
      const runner = source.createQueryRunner()
      try {
        await runner.startTransaction()
        const result = await work({ ...sessionOver(runner, session), manager: runner.manager })
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
