import { encodeTimestamp } from '../database/codecs.js'
import { loginSessions, type LoginSessionRow } from '../database/entities/login-session.js'
import { selectRows } from '../database/rows.js'
import type { Sql, Transaction } from '../database/sql.js'

/** Those that go on, newest use first. */
export const listOf = (sql: Sql, userId: number): Promise<LoginSessionRow[]> =>
  selectRows(sql, loginSessions, 'WHERE user_id = ? AND ended IS NULL ORDER BY last_seen DESC', [userId])

/** The ids of those that were ended. */
export const endedOf = async (sql: Sql, userId: number): Promise<string[]> =>
  (await selectRows(sql, loginSessions, 'WHERE user_id = ? AND ended IS NOT NULL', [userId])).map(({ id }) => id)

/** Notes that a session is in use; the first note of one tells when it began. */
export async function touch(tx: Transaction, row: LoginSessionRow): Promise<void> {
  await tx.run(
    'INSERT INTO hub_login_sessions (id, user_id, agent, address, created, last_seen) VALUES (?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT (id, user_id) DO UPDATE SET agent = excluded.agent, address = excluded.address, last_seen = excluded.last_seen',
    [row.id, row.userId, row.agent, row.address, encodeTimestamp(row.created), encodeTimestamp(row.lastSeen)],
  )
}

/** @returns 0: the user has no such session, or it was ended before */
export const end = (tx: Transaction, userId: number, id: string, at: Date): Promise<number> =>
  tx.run('UPDATE hub_login_sessions SET ended = ? WHERE user_id = ? AND id = ? AND ended IS NULL', [
    encodeTimestamp(at),
    userId,
    id,
  ])

export const removeOthers = (tx: Transaction, userId: number, id: string): Promise<number> =>
  tx.run('DELETE FROM hub_login_sessions WHERE user_id = ? AND id <> ?', [userId, id])

export const removeUnusedSince = (tx: Transaction, userId: number, time: Date): Promise<number> =>
  tx.run('DELETE FROM hub_login_sessions WHERE user_id = ? AND last_seen < ?', [userId, encodeTimestamp(time)])
