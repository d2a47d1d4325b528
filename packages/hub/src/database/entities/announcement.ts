import { nullableText, text, timestamp } from '../columns.js'
import { defineTable } from '../table.js'

/** Ours, not upstream's: what pages announce, as people with the right to have set it. */
export interface AnnouncementRow {
  /** Where it is shown: `all`, or the name of a page. */
  readonly page: string
  /** Plain text. */
  readonly message: string
  readonly changedAt: Date
  /** Who set it: `user:ada`. */
  readonly changedBy: string | null
}

export const announcements = defineTable<AnnouncementRow>(
  'hub_announcements',
  {
    page: text('page', 15),
    message: text('message', 2_000, { notNull: true }),
    changedAt: timestamp('changed_at'),
    changedBy: nullableText('changed_by', 300),
  },
  { primaryKey: ['page'] },
)
