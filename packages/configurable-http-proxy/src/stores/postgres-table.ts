import { CodedError } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { RouteData, RouteRow } from '../route-store.js'
import { callDeadlineMs, type SharedTable, type TableEvents } from './shared-table.js'

/** A route that this storage cannot keep. */
export class RouteUnstorableError extends CodedError {
  override readonly name = 'RouteUnstorableError'
}

const table = 'configurable_http_proxy_routes'
const channel = 'configurable_http_proxy_routes'
/** A notification may have 8,000 bytes; a longer key is told as "any". */
const maxNotifiedBytes = 7_000
/** A connection that says nothing to this is a dead one. */
const heartbeatMs = 2_000
/** Any number that nothing else locks: two proxies that make the table at once wait for each other. */
const schemaLock = 7_230_981_264

interface Stored {
  readonly path: string
  readonly data: RouteData
  /** Milliseconds; PostgreSQL's 64-bit numbers come as text. */
  readonly last_activity: string
}

/**
 * Routes in PostgreSQL, in a table of their own; what has changed is told by NOTIFY, in the transaction of the change.
 *
 * @param url - `postgres:` or `postgresql:`
 */
export async function connectPostgres(url: string, events: TableEvents): Promise<SharedTable> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: callDeadlineMs,
    query_timeout: callDeadlineMs,
    keepAlive: true,
    application_name: 'configurable-http-proxy',
  })
  let isClosed = false
  const timers: { heartbeat?: NodeJS.Timeout } = {}
  const close = async (): Promise<void> => {
    isClosed = true
    clearInterval(timers.heartbeat)
    // A server that is away would never answer the good-bye.
    const late = setTimeout(() => void client.connection.stream.destroy(), callDeadlineMs)
    await client.end().catch(() => {})
    clearTimeout(late)
  }
  const lost = (error: Error): void => {
    if (isClosed) return
    void close()
    events.lost(error)
  }
  client.on('error', lost)
  client.on('end', () => lost(new Error('the connection was closed')))
  client.on('notification', ({ payload }) => events.changed(payload === '' ? undefined : payload))
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> => {
    try {
      return (await client.query<Row>(text, [...values])).rows
    } catch (error) {
      // With a code it is PostgreSQL's answer; without one it did not answer, and the connection is good for nothing.
      if (!(error instanceof pg.DatabaseError)) lost(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
  try {
    await client.connect()
    await query(`BEGIN`)
    await query(`SELECT pg_advisory_xact_lock(${schemaLock})`)
    await query(
      `CREATE TABLE IF NOT EXISTS ${table} (path text PRIMARY KEY, data json NOT NULL, last_activity bigint NOT NULL)`,
    )
    await query(`COMMIT`)
    await query(`LISTEN ${channel}`)
  } catch (error) {
    await close()
    throw error
  }
  timers.heartbeat = setInterval(() => void query('SELECT 1').catch(() => {}), heartbeatMs).unref()

  return {
    readAll: async () => rowsOf(await query<Stored>(`SELECT path, data, last_activity FROM ${table}`)),
    read: async (keys) =>
      rowsOf(await query<Stored>(`SELECT path, data, last_activity FROM ${table} WHERE path = ANY($1)`, [keys])),
    async write(key, data, lastActivity) {
      if (key.includes('\0'))
        throw new RouteUnstorableError(
          'route_unstorable',
          400,
          'PostgreSQL cannot keep a route with a NUL in its name.',
        )
      await query(
        `WITH written AS (
           INSERT INTO ${table} (path, data, last_activity) VALUES ($1, $2, $3)
           ON CONFLICT (path) DO UPDATE SET data = excluded.data, last_activity = excluded.last_activity)
         SELECT pg_notify('${channel}', $4)`,
        [key, JSON.stringify(data), lastActivity, notified(key)],
      )
    },
    async remove(key) {
      const removed = await query(
        `WITH removed AS (DELETE FROM ${table} WHERE path = $1 RETURNING path)
         SELECT pg_notify('${channel}', $2) FROM removed`,
        [key, notified(key)],
      )
      return removed.length > 0
    },
    async noteActivity(activity) {
      await query(
        `UPDATE ${table} SET last_activity = news.at FROM unnest($1::text[], $2::bigint[]) AS news (path, at)
         WHERE ${table}.path = news.path AND last_activity < news.at`,
        [activity.map(([key]) => key), activity.map(([, at]) => at)],
      )
    },
    async readActivity() {
      const rows = await query<Omit<Stored, 'data'>>(`SELECT path, last_activity FROM ${table}`)
      return rows.map(({ path, last_activity }) => [path, Number(last_activity)] as const)
    },
    close,
  }
}

function rowsOf(stored: readonly Stored[]): Map<RouteKey, RouteRow> {
  return new Map(stored.map(({ path, data, last_activity }) => [path, { data, lastActivity: Number(last_activity) }]))
}

const notified = (key: RouteKey): string => (Buffer.byteLength(key) > maxNotifiedBytes ? '' : key)
