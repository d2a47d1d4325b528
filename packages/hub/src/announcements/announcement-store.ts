import { encodeTimestamp } from '../database/codecs.js'
import { announcements, type AnnouncementRow } from '../database/entities/announcement.js'
import { selectRows } from '../database/rows.js'
import type { Sql, Transaction } from '../database/sql.js'

export const list = (sql: Sql): Promise<AnnouncementRow[]> => selectRows(sql, announcements)

/** Sets what a page announces; an empty message takes it away. */
export async function set(tx: Transaction, { page, message, changedAt, changedBy }: AnnouncementRow): Promise<void> {
  if (message === '') {
    await tx.run('DELETE FROM hub_announcements WHERE page = ?', [page])
    return
  }
  await tx.run(
    'INSERT INTO hub_announcements (page, message, changed_at, changed_by) VALUES (?, ?, ?, ?) ' +
      'ON CONFLICT (page) DO UPDATE SET message = excluded.message, changed_at = excluded.changed_at, changed_by = excluded.changed_by',
    [page, message, encodeTimestamp(changedAt), changedBy],
  )
}
