import { cascade, integer, jsonList, nullableInteger, nullableTimestamp, text, timestamp } from '../columns.js'
import { defineTable } from '../table.js'

/** A code that whoever holds it may exchange for a share. */
export interface ShareCodeRow {
  readonly hashed: string
  readonly prefix: string
  readonly exchangeCount: number | null
  readonly lastExchangedAt: Date | null
  readonly id: number
  readonly createdAt: Date
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly ownerId: number
  readonly spawnerId: number
}

export const shareCodes = defineTable<ShareCodeRow>('share_codes', {
  hashed: text('hashed', 255, { unique: true }),
  prefix: text('prefix', 16, { indexed: true }),
  exchangeCount: nullableInteger('exchange_count'),
  lastExchangedAt: nullableTimestamp('last_exchanged_at'),
  id: integer('id'),
  createdAt: timestamp('created_at'),
  scopes: jsonList('scopes'),
  expiresAt: nullableTimestamp('expires_at'),
  ownerId: integer('owner_id', { notNull: false, references: cascade('users') }),
  spawnerId: integer('spawner_id', { notNull: false, references: cascade('spawners') }),
})
