import { columnType } from '../ddl.js'
import type { ColumnLayout } from '../columns.js'
import { groups } from '../entities/group.js'
import { oauthCodes } from '../entities/oauth-code.js'
import { groupRoleMap, serviceRoleMap, userRoleMap } from '../entities/role-maps.js'
import { roles } from '../entities/role.js'
import { services } from '../entities/service.js'
import { spawners } from '../entities/spawner.js'
import { users } from '../entities/user.js'
import type { Sql } from '../sql.js'
import { columnNames } from './catalogue.js'

/** What brings upstream's schema from the revision before to `revision`. */
export interface UpstreamStep {
  readonly revision: string
  up(tx: Sql): Promise<void>
}

const { columns: service } = services

export const upstreamSteps: readonly UpstreamStep[] = [
  { revision: '0eee8c825d24', up: (tx) => addColumns(tx, 'groups', [groups.columns.properties]) },
  {
    revision: '3c2384c5aae1',
    async up(tx) {
      const added = [
        ...[service.fromConfig, service.url, service.oauthClientAllowedScopes, service.info, service.display],
        ...[service.oauthNoConfirm, service.command, service.cwd, service.environment, service.user],
      ]
      await addColumns(tx, 'services', added)
      await tx.run('UPDATE services SET from_config = TRUE')
    },
  },
  {
    revision: '4621fec11365',
    async up(tx) {
      for (const table of [groupRoleMap, roles, serviceRoleMap, userRoleMap]) {
        await addColumns(tx, table.name, [table.columns.managedByAuth], 'FALSE')
      }
    },
  },
  { revision: 'be8ecf03ddac', up: (tx) => addColumns(tx, 'services', [service.timeout], "'30'") },
  {
    revision: 'afd65840b69e',
    up: (tx) =>
      addColumns(tx, 'oauth_codes', [oauthCodes.columns.codeChallenge, oauthCodes.columns.codeChallengeMethod]),
  },
  { revision: 'ff1860e38070', up: (tx) => addColumns(tx, 'users', [users.columns.userInfo]) },
  { revision: 'f460b0348206', up: (tx) => addColumns(tx, 'spawners', [spawners.columns.displayName]) },
]

/** A missing table is left out: it is created later, in its present form. */
async function addColumns(tx: Sql, table: string, added: readonly ColumnLayout[], initial?: string): Promise<void> {
  const present = await columnNames(tx, table)
  if (present.size === 0) return
  for (const column of added) {
    if (present.has(column.name)) continue
    const rest = initial === undefined ? '' : ` DEFAULT ${initial} NOT NULL`
    await tx.run(`ALTER TABLE "${table}" ADD COLUMN "${column.name}" ${columnType(column, tx.kind)}${rest}`)
  }
}
