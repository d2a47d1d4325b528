import { cascade, integer, jsonList, nullableInteger, nullableTimestamp, timestamp } from '../columns.js'
import { defineTable } from '../table.js'

/** A server shared with one user or one group; exactly one of them is set. */
export interface ShareRow {
  readonly userId: number | null
  readonly groupId: number | null
  readonly id: number
  readonly createdAt: Date
  /** Raw, each filtered to the shared server. */
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly ownerId: number
  readonly spawnerId: number
}

export const shares = defineTable<ShareRow>('shares', {
  userId: nullableInteger('user_id', { references: cascade('users') }),
  groupId: nullableInteger('group_id', { references: cascade('groups') }),
  id: integer('id'),
  createdAt: timestamp('created_at'),
  scopes: jsonList('scopes'),
  expiresAt: nullableTimestamp('expires_at'),
  ownerId: integer('owner_id', { notNull: false, references: cascade('users') }),
  spawnerId: integer('spawner_id', { notNull: false, references: cascade('spawners') }),
})
