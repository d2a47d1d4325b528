import type { Sql } from '../sql.js'

/** Names of the tables that are there. */
export async function tableNames(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ name: string }>(
    sql.kind === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  return new Set(rows.map((row) => row.name))
}

/** Names of the columns of a table; none if there is no such table. */
export async function columnNames(sql: Sql, table: string): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ name: string }>(
    sql.kind === 'sqlite'
      ? 'SELECT name FROM pragma_table_info(?)'
      : 'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?',
    [table],
  )
  return new Set(rows.map((row) => row.name))
}
