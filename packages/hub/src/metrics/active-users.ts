import { encodeTimestamp } from '../database/codecs.js'
import type { Sql } from '../database/index.js'
import type { ActivePeriod } from './hub-metrics.js'

const dayMs = 24 * 3_600 * 1_000
const periods = [
  ['24h', dayMs],
  ['7d', 7 * dayMs],
  ['30d', 30 * dayMs],
] as const

/** How many users were active within each period before `now`; who was active today is in all three. */
export async function countActiveUsers(sql: Sql, now: Date): Promise<Record<ActivePeriod, number>> {
  const since = periods.map(([, ms]) => encodeTimestamp(new Date(now.getTime() - ms)))
  const [row] = await sql.all(
    `SELECT COUNT(CASE WHEN last_activity >= ? THEN 1 END) AS "24h", COUNT(CASE WHEN last_activity >= ? THEN 1 END) AS "7d",
            COUNT(*) AS "30d" FROM users WHERE last_activity >= ?`,
    since,
  )
  const count = (period: ActivePeriod): number => Number(row?.[period] ?? 0) // PostgreSQL counts in bigint, handed over as text
  return { '24h': count('24h'), '7d': count('7d'), '30d': count('30d') }
}
