import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Mutex, withTimeout, type MutexInterface } from 'async-mutex'
import sqlite3 from 'sqlite3'
import { DataSource } from 'typeorm'
import type { Log } from '@hub/api'
import { ownTables, upstreamTables } from './entities/index.js'
import { DatabaseTimeoutError, DatabaseUnavailableError } from './errors.js'
import type { Database, Sql, Transaction } from './sql.js'
import { SqliteSession } from './sqlite-session.js'
import { runWork } from './transaction.js'

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
  const reader = inMemory ? writer : await connectReader(options, writer)
  const connections = inMemory ? [writer] : [reader, writer]
  const turn = withTimeout(
    new Mutex(),
    options.statementTimeoutMs,
    new DatabaseTimeoutError('other writers to finish', options.statementTimeoutMs),
  )
  const inTurn = takingTurns(writer.session, turn)
  let closing: Promise<void> | undefined
  return {
    kind: 'sqlite',
    read: inMemory ? inTurn : reader.session,
    autocommit: inTurn,
    write: (work) => turn.runExclusive(() => inTransaction(writer.session, options.statementTimeoutMs, work)),
    close: () => (closing ??= turn.runExclusive(() => closeAll(connections))),
  }
}

/** How long a statement waits at most for another process that writes. */
const longestBusyMs = 5_000

async function connect(options: SqliteOptions): Promise<Connection> {
  const { file } = options
  const busyTimeoutMs = Math.min(longestBusyMs, options.statementTimeoutMs)
  const makeSource = (): DataSource =>
    new DataSource({
      type: 'sqlite',
      database: file,
      entities: [...upstreamTables, ...ownTables].map((table) => table.entity),
      enableWAL: file !== ':memory:',
      busyTimeout: busyTimeoutMs,
      logging: false,
      // TypeORM would switch on the library's long stack traces: an Error made for each call, and its parameters in each failure.
      driver: { verbose: () => sqlite3 },
    })
  let source: DataSource
  try {
    // It holds hashes of tokens and people's names: a new file is for its owner alone.
    if (file !== ':memory:') await (await open(file, 'a', 0o600)).close()
    source = await initialized(makeSource, busyTimeoutMs)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatabaseUnavailableError(
      `The sqlite database ${file} cannot be opened: ${reason}. Check that its folder exists and that the hub may write there.`,
      { cause: error },
    )
  }
  // What the runner of this driver connects to is the library's own connection, which can keep statements compiled.
  const connection = (await source.createQueryRunner().connect()) as sqlite3.Database
  const session = new SqliteSession({ ...options, connection })
  // With a write-ahead log this is safe against a crash of the process; a crash of the machine costs at most the last commits.
  await session.run('PRAGMA synchronous = NORMAL')
  return { source, session }
}

/** Of several that open a new file one switches it to the write-ahead log, which sqlite lets the others not wait for. */
async function initialized(makeSource: () => DataSource, busyTimeoutMs: number): Promise<DataSource> {
  const deadline = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      return await makeSource().initialize()
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
      if (!isBusy || performance.now() > deadline) throw error
      await delay(20 + 30 * Math.random())
    }
  }
}

async function connectReader(options: SqliteOptions, writer: Connection): Promise<Connection> {
  try {
    const reader = await connect(options)
    // A write here would wait for the writer's lock, and nobody would order it among the others.
    await reader.session.run('PRAGMA query_only = ON')
    return reader
  } catch (error) {
    await closeAll([writer])
    throw error
  }
}

async function inTransaction<T>(
  sql: SqliteSession,
  timeoutMs: number,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // IMMEDIATE takes the write lock at once: a deferred transaction that read first would fail, without waiting, when the token
  // command of another process has written meanwhile.
  await sql.run('BEGIN IMMEDIATE')
  try {
    const result = await runWork(sql, timeoutMs, work)
    await sql.run('COMMIT')
    return result
  } catch (error) {
    // Some errors, a full disk for one, have rolled back already; then this fails, and nothing is left to undo.
    await sql
      .run('ROLLBACK')
      .catch((reason: unknown) => sql.log.debug('nothing to roll back', { reason: String(reason) }))
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

/** Copies the database into a file that is empty or not there yet, with what still stands in the write-ahead log. */
export async function copySqlite(options: SqliteOptions, target: string): Promise<void> {
  const connection = await connect(options)
  try {
    await connection.session.run('VACUUM INTO ?', [target])
  } finally {
    await closeAll([connection])
  }
}

async function closeAll(connections: readonly Connection[]): Promise<void> {
  for (const { session, source } of connections) {
    await session.release()
    await source.destroy()
  }
}
