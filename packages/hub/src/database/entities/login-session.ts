import { cascade, integer, nullableText, nullableTimestamp, text, timestamp } from '../columns.js'
import { defineTable } from '../table.js'

/** Ours, not upstream's: a browser that somebody is logged in with. */
export interface LoginSessionRow {
  /** Hash of the session id, which is a secret. */
  readonly id: string
  readonly userId: number
  /** What the browser calls itself. */
  readonly agent: string | null
  readonly address: string | null
  readonly created: Date
  readonly lastSeen: Date
  /** Logged out, here or from elsewhere: the login cookie of this session counts no more. */
  readonly ended: Date | null
}

export const loginSessions = defineTable<LoginSessionRow>(
  'hub_login_sessions',
  {
    id: text('id', 64),
    userId: integer('user_id', { references: cascade('users') }),
    agent: nullableText('agent', 300),
    address: nullableText('address', 45),
    created: timestamp('created'),
    lastSeen: timestamp('last_seen'),
    ended: nullableTimestamp('ended'),
  },
  { primaryKey: ['id', 'userId'] },
)
