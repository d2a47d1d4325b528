import type { JsonObject } from '@hub/api'
import { blob, bool, integer, jsonObject, nullableTimestamp, text } from '../columns.js'
import { defineTable, narrowTable } from '../table.js'

export interface UserRow {
  readonly id: number
  readonly name: string
  readonly userInfo: JsonObject | null
  readonly admin: boolean
  readonly created: Date | null
  readonly lastActivity: Date | null
  /** Random, changed to log the user out everywhere. */
  readonly cookieId: string
  /** A leftover of early releases that upstream still writes. */
  readonly state: JsonObject | null
  readonly encryptedAuthState: Buffer | null
}

export const users = defineTable<UserRow>('users', {
  id: integer('id'),
  name: text('name', 255, { unique: true }),
  userInfo: jsonObject('user_info'),
  admin: bool('admin'),
  created: nullableTimestamp('created'),
  lastActivity: nullableTimestamp('last_activity'),
  cookieId: text('cookie_id', 255, { unique: true, notNull: true }),
  state: jsonObject('state'),
  encryptedAuthState: blob('encrypted_auth_state'),
})

/** What the hub wants to know of a user in nearly all cases: not the auth state. */
export type User = Omit<UserRow, 'state' | 'encryptedAuthState'>

export const userColumns = narrowTable(users, [
  'id',
  'name',
  'userInfo',
  'admin',
  'created',
  'lastActivity',
  'cookieId',
])
