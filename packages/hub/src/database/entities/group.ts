import type { JsonObject } from '@hub/api'
import { cascade, integer, jsonObject, text } from '../columns.js'
import { defineTable } from '../table.js'

export interface GroupRow {
  readonly id: number
  readonly name: string
  readonly properties: JsonObject | null
}

export const groups = defineTable<GroupRow>('groups', {
  id: integer('id'),
  name: text('name', 255, { unique: true }),
  properties: jsonObject('properties'),
})

export interface UserGroupRow {
  readonly userId: number
  readonly groupId: number
}

export const userGroupMap = defineTable<UserGroupRow>(
  'user_group_map',
  {
    userId: integer('user_id', { references: cascade('users') }),
    groupId: integer('group_id', { references: cascade('groups') }),
  },
  { primaryKey: ['userId', 'groupId'] },
)
