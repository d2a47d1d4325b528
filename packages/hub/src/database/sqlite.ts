import { Mutex, withTimeout, type MutexInterface } from 'async-mutex'
import { DataSource, type QueryRunner } from 'typeorm'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { DatabaseTimeoutError } from './errors.js'
import { sessionOver } from './session.js'
import type { Database, Sql, Transaction } from './sql.js'

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  readonly log: Log
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

/**
 * TypeORM has one connection per sqlite data source, on which transactions of different callers would mix. So writers take turns,
 * and a file is opened twice, so that readers see only what is committed. Memory cannot be opened twice: there readers take turns too.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const inMemory = options.file === ':memory:'
  const writer = await connect(options)
  const reader = inMemory ? writer : await connect(options)
  const turn = withTimeout(
    new Mutex(),
    options.statementTimeoutMs,
    new DatabaseTimeoutError('other writers to finish', options.statementTimeoutMs),
  )
  const session = { kind: 'sqlite' as const, log: options.log, statementTimeoutMs: options.statementTimeoutMs }
  const writeRunner = writer.createQueryRunner()
  const writeSql = sessionOver(writeRunner, session)
  const tx: Transaction = { ...writeSql, manager: writeRunner.manager }
  const readSql = inMemory ? takingTurns(writeSql, turn) : sessionOver(reader.createQueryRunner(), session)
  let closing: Promise<void> | undefined
  return {
    kind: 'sqlite',
    read: readSql,
    write: (work) => turn.runExclusive(() => inTransaction(writeRunner, writeSql, () => work(tx))),
    close: () => (closing ??= turn.runExclusive(() => closeAll(inMemory ? [writer] : [reader, writer]))),
  }
}

async function connect(options: SqliteOptions): Promise<DataSource> {
  const source = new DataSource({
    type: 'sqlite',
    database: options.file,
    entities: [...upstreamTables, ...ownTables].map((table) => table.entity),
    enableWAL: options.file !== ':memory:',
    busyTimeout: 5_000,
    logging: false,
  })
  await source.initialize()
  await source.query('PRAGMA synchronous = NORMAL')
  return source
}

async function inTransaction<T>(runner: QueryRunner, sql: Sql, work: () => Promise<T>): Promise<T> {
  // IMMEDIATE takes the write lock at once: a deferred transaction that read first would fail, without waiting, when the token command
  // of another process has written meanwhile.
  await sql.run('BEGIN IMMEDIATE')
  // The class lets this be written, the interface does not; told so, TypeORM's repositories do not open a transaction of their own.
  const flag = runner as { isTransactionActive: boolean }
  flag.isTransactionActive = true
  try {
    const result = await work()
    await sql.run('COMMIT')
    return result
  } catch (error) {
    await sql.run('ROLLBACK').catch((reason: unknown) => sql.log.warn('rollback failed', { error: String(reason) }))
    throw error
  } finally {
    flag.isTransactionActive = false
  }
}

function takingTurns(sql: Sql, turn: MutexInterface): Sql {
  return {
    kind: sql.kind,
    log: sql.log,
    all: (text, params) => turn.runExclusive(() => sql.all(text, params)),
    run: (text, params) => turn.runExclusive(() => sql.run(text, params)),
  }
}

async function closeAll(sources: readonly DataSource[]): Promise<void> {
  for (const source of sources) await source.destroy()
}
