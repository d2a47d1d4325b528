import { encodeTimestamp } from '../database/codecs.js'
import type { Sql, SqlValue } from '../database/sql.js'

/** When a row was last seen active. */
export interface Activity {
  readonly id: number
  readonly at: Date
}

/** Tables whose rows carry `last_activity`. */
export type ActiveTable = 'users' | 'spawners' | 'api_tokens'

/**
 * Moves the activity of many rows forward in one statement; older times change nothing.
 *
 * @returns the number of rows that were moved
 */
export async function touchMany(sql: Sql, table: ActiveTable, activities: readonly Activity[]): Promise<number> {
  if (activities.length === 0) return 0
  return sql.run(
    `UPDATE ${table} SET last_activity = seen.at FROM (${seenRows(sql)}) AS seen ` +
      `WHERE ${table}.id = seen.id AND (${table}.last_activity IS NULL OR ${table}.last_activity < seen.at)`,
    seenParameters(sql, activities),
  )
}

function seenRows(sql: Sql): string {
  return sql.kind === 'sqlite'
    ? "SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS at FROM json_each(?)"
    : 'SELECT * FROM unnest(?::integer[], ?::timestamp[]) AS rows(id, at)'
}

function seenParameters(sql: Sql, activities: readonly Activity[]): SqlValue[] {
  const ids = activities.map(({ id }) => id)
  const times = activities.map(({ at }) => encodeTimestamp(at))
  return sql.kind === 'sqlite' ? [JSON.stringify(ids.map((id, index) => [id, times[index]]))] : [ids, times]
}

/** How many users were active since each of these times, in the same order. */
export async function countActiveSince(sql: Sql, times: readonly Date[]): Promise<readonly number[]> {
  if (times.length === 0) return []
  const counts = times.map((_, index) => `COUNT(CASE WHEN last_activity >= ? THEN 1 END) AS n${index}`).join(', ')
  const [row = {}] = await sql.all(`SELECT ${counts} FROM users`, times.map(encodeTimestamp))
  return times.map((_, index) => Number(row[`n${index}`]))
}
