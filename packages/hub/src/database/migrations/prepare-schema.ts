import { createTableStatements } from '../ddl.js'
import { ownTables, upstreamTables } from '../entities/index.js'
import type { Database, Sql } from '../sql.js'
import { HEAD_REVISION } from './revisions.js'

/** Brings a freshly opened database into use; see the contract's start rules. */
export async function prepareSchema(database: Database, _shownUrl: string): Promise<void> {
  await database.write(async (tx) => {
    const existing = await tableNames(tx)
    for (const table of [...upstreamTables, ...ownTables]) {
      if (existing.has(table.name)) continue
      for (const statement of createTableStatements(table, tx.kind)) await tx.run(statement)
    }
    if (!existing.has('alembic_version')) {
      await tx.run(
        'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))',
      )
      await tx.run('INSERT INTO alembic_version (version_num) VALUES (?)', [HEAD_REVISION])
    }
  })
}

export async function tableNames(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ name: string }>(
    sql.kind === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  return new Set(rows.map((row) => row.name))
}
