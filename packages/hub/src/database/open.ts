import type { Log } from '@hub/api'
import { dropTables } from './migrations/drop-tables.js'
import { prepareSchema } from './migrations/prepare-schema.js'
import { openPostgres } from './postgres.js'
import type { Database } from './sql.js'
import { openSqlite } from './sqlite.js'
import { parseDatabaseUrl, redactDatabaseUrl } from './url.js'

export interface OpenDatabaseOptions {
  /** `JupyterHub.db_url`. */
  readonly url: string
  readonly log: Log
  /** Drops all tables first (`JupyterHub.reset_db`). */
  readonly reset?: boolean
  /** Logs each statement, never its parameters (`JupyterHub.debug_db`). */
  readonly debug?: boolean
  /** Gives up opening. */
  readonly signal?: AbortSignal
  /** Longest any one statement may take. */
  readonly statementTimeoutMs?: number
  /** Connections to PostgreSQL. */
  readonly poolSize?: number
}

/**
 * Opens the database for the hub: an empty one is created, one of JupyterHub 6 is taken over with our tables added.
 *
 * @throws {@link DatabaseSchemaError} when it needs `jupyterhub upgrade-db` first, or is newer than this hub
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const database = await connectDatabase(options)
  try {
    options.signal?.throwIfAborted()
    await database.write(async (tx) => {
      if (options.reset) await dropTables(tx)
      await prepareSchema(tx, new Date())
    })
    options.log.debug('database opened', { url: redactDatabaseUrl(options.url) })
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Opens the database as it is, whatever its schema. */
export async function connectDatabase(options: OpenDatabaseOptions): Promise<Database> {
  options.signal?.throwIfAborted()
  const location = parseDatabaseUrl(options.url)
  const settings = connectionSettings(options)
  return location.kind === 'postgres'
    ? openPostgres({ ...settings, url: location.url, poolSize: options.poolSize ?? 10 })
    : openSqlite({ ...settings, file: location.kind === 'memory' ? ':memory:' : location.file })
}

/** What holds for every connection. */
export function connectionSettings(options: Pick<OpenDatabaseOptions, 'log' | 'debug' | 'statementTimeoutMs'>) {
  return {
    log: options.log,
    debug: options.debug ?? false,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
  }
}
