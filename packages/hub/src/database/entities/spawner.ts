import type { JsonObject } from '@hub/api'
import {
  cascade,
  integer,
  jsonObject,
  nullableInteger,
  nullableText,
  nullableTimestamp,
  setNull,
  text,
} from '../columns.js'
import { defineTable } from '../table.js'

/** A server a user has, running or not; `name` `''` is the default one. */
export interface SpawnerRow {
  readonly id: number
  readonly userId: number
  /** The row of `servers` while it runs. */
  readonly serverId: number | null
  /** What the spawner wants back after a restart of the hub. */
  readonly state: JsonObject | null
  readonly name: string
  readonly displayName: string | null
  readonly started: Date | null
  readonly lastActivity: Date | null
  readonly userOptions: JsonObject | null
  readonly oauthClientId: string | null
}

export const spawners = defineTable<SpawnerRow>('spawners', {
  id: integer('id'),
  userId: integer('user_id', { notNull: false, references: cascade('users') }),
  serverId: nullableInteger('server_id', { references: setNull('servers') }),
  state: jsonObject('state'),
  name: text('name', 255),
  displayName: nullableText('display_name', 255),
  started: nullableTimestamp('started'),
  lastActivity: nullableTimestamp('last_activity'),
  userOptions: jsonObject('user_options'),
  oauthClientId: nullableText('oauth_client_id', 255, { references: setNull('oauth_clients', 'identifier') }),
})
