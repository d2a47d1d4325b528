import { ownTables, upstreamTables } from '../entities/index.js'
import type { Sql } from '../sql.js'

/** Drops every table of upstream's and of ours; what else is in the database stays. */
export async function dropTables(tx: Sql): Promise<void> {
  // Each table refers only to those before it.
  const names = [...upstreamTables, ...ownTables].map((table) => table.name).reverse()
  for (const name of [...names, 'alembic_version', 'hub_migrations']) await tx.run(`DROP TABLE IF EXISTS "${name}"`)
}
