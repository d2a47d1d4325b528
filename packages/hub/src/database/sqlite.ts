import { Mutex, withTimeout, type MutexInterface } from 'async-mutex'
import type sqlite3 from 'sqlite3'
import { DataSource } from 'typeorm'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { DatabaseTimeoutError } from './errors.js'
import type { Database, Sql } from './sql.js'
import { SqliteSession } from './sqlite-session.js'

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  readonly log: Log
  readonly debug: boolean
  readonly statementTimeoutMs: number
}

interface Connection {
  readonly source: DataSource
  readonly session: SqliteSession
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
  let closing: Promise<void> | undefined
  return {
    kind: 'sqlite',
    read: inMemory ? takingTurns(writer.session, turn) : reader.session,
    write: (work) => turn.runExclusive(() => inTransaction(writer.session, work)),
    close: () => (closing ??= turn.runExclusive(() => closeAll(inMemory ? [writer] : [reader, writer]))),
  }
}

async function connect(options: SqliteOptions): Promise<Connection> {
  const source = new DataSource({
    type: 'sqlite',
    database: options.file,
    entities: [...upstreamTables, ...ownTables].map((table) => table.entity),
    enableWAL: options.file !== ':memory:',
    busyTimeout: 5_000,
    logging: false,
  })
  await source.initialize()
  // What the runner of this driver connects to is the library's own connection, which can keep statements compiled.
  const connection = (await source.createQueryRunner().connect()) as sqlite3.Database
  const session = new SqliteSession({ ...options, connection })
  // With a write-ahead log this is safe against a crash of the process, and of the machine but for the last commits.
  await session.run('PRAGMA synchronous = NORMAL')
  return { source, session }
}

async function inTransaction<T>(sql: SqliteSession, work: (tx: Sql) => Promise<T>): Promise<T> {
  // IMMEDIATE takes the write lock at once: a deferred transaction that read first would fail, without waiting, when the token command
  // of another process has written meanwhile.
  await sql.run('BEGIN IMMEDIATE')
  try {
    const result = await work(sql)
    await sql.run('COMMIT')
    return result
  } catch (error) {
    await sql.run('ROLLBACK').catch((reason: unknown) => sql.log.warn('rollback failed', { error: String(reason) }))
    throw error
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

async function closeAll(connections: readonly Connection[]): Promise<void> {
  for (const { session, source } of connections) {
    await session.release()
    await source.destroy()
  }
}
