import type { Sql } from '../sql.js'
import { tableNames } from './catalogue.js'

/** The revision that upstream's migrations have stamped the database with. */
export async function readStamp(sql: Sql): Promise<string | undefined> {
  if (!(await tableNames(sql)).has('alembic_version')) return undefined
  const [row] = await sql.all<{ version_num: string }>('SELECT version_num FROM alembic_version')
  return row?.version_num
}

export async function writeStamp(sql: Sql, revision: string): Promise<void> {
  if (!(await tableNames(sql)).has('alembic_version')) {
    await sql.run(`CREATE TABLE alembic_version (
      version_num VARCHAR(32) NOT NULL,
      CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    )`)
  }
  await sql.run('DELETE FROM alembic_version')
  await sql.run('INSERT INTO alembic_version (version_num) VALUES (?)', [revision])
}
