import { bool, cascade, integer } from '../columns.js'
import { defineTable } from '../table.js'

export interface UserRoleRow {
  readonly userId: number
  readonly roleId: number
  readonly managedByAuth: boolean
}

export interface GroupRoleRow {
  readonly groupId: number
  readonly roleId: number
  readonly managedByAuth: boolean
}

export interface ServiceRoleRow {
  readonly serviceId: number
  readonly roleId: number
  readonly managedByAuth: boolean
}

const role = () => integer('role_id', { references: cascade('roles') })
const managed = () => bool('managed_by_auth', { notNull: true })

export const userRoleMap = defineTable<UserRoleRow>(
  'user_role_map',
  { userId: integer('user_id', { references: cascade('users') }), roleId: role(), managedByAuth: managed() },
  { primaryKey: ['userId', 'roleId'] },
)

export const groupRoleMap = defineTable<GroupRoleRow>(
  'group_role_map',
  { groupId: integer('group_id', { references: cascade('groups') }), roleId: role(), managedByAuth: managed() },
  { primaryKey: ['groupId', 'roleId'] },
)

export const serviceRoleMap = defineTable<ServiceRoleRow>(
  'service_role_map',
  { serviceId: integer('service_id', { references: cascade('services') }), roleId: role(), managedByAuth: managed() },
  { primaryKey: ['serviceId', 'roleId'] },
)
