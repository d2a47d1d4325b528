import { bool, integer, jsonList, nullableText, text } from '../columns.js'
import { defineTable } from '../table.js'

export interface RoleRow {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly scopes: readonly string[]
  /** The authenticator made it and may take it away again. */
  readonly managedByAuth: boolean
}

export const roles = defineTable<RoleRow>('roles', {
  id: integer('id'),
  name: text('name', 255, { unique: true }),
  description: nullableText('description', 1023),
  scopes: jsonList('scopes'),
  managedByAuth: bool('managed_by_auth', { notNull: true }),
})
