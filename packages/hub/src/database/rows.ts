import type { Column } from './columns.js'
import type { Sql, SqlValue } from './sql.js'
import type { Table } from './table.js'

/** sqlite takes 32,766 parameters, PostgreSQL 65,535. */
const MAX_PARAMETERS = 30_000

/** Rows of `table`; `tail` is what follows its name: joins, WHERE, ORDER BY. */
export async function selectRows<Row extends object>(
  sql: Sql,
  table: Table<Row>,
  tail = '',
  params: readonly SqlValue[] = [],
): Promise<Row[]> {
  const raw = await sql.all(`SELECT ${table.select()} FROM "${table.name}" ${tail}`, params)
  return raw.map((row) => table.decode(row))
}

export async function selectRow<Row extends object>(
  sql: Sql,
  table: Table<Row>,
  tail: string,
  params: readonly SqlValue[],
): Promise<Row | undefined> {
  const [row] = await selectRows(sql, table, tail, params)
  return row
}

/**
 * Inserts all rows in as few statements as the parameter limit allows.
 *
 * @returns the rows as stored, ids included; in no promised order
 */
export async function insertRows<Row extends object>(
  sql: Sql,
  table: Table<Row>,
  rows: readonly Omit<Row, 'id'>[],
): Promise<Row[]> {
  const entries = columnsOf(table).filter(([property]) => property !== 'id')
  const names = entries.map(([, column]) => `"${column.name}"`).join(', ')
  const tuple = `(${entries.map(() => '?').join(', ')})`
  const perStatement = Math.max(1, Math.floor(MAX_PARAMETERS / entries.length))
  const stored: Row[] = []
  for (let start = 0; start < rows.length; start += perStatement) {
    const chunk = rows.slice(start, start + perStatement)
    const params = chunk.flatMap((row) =>
      // Omit<Row, 'id'> has every property that `entries` names.
      entries.map(([property, column]) => encode(sql, table, column, (row as Row)[property])),
    )
    const raw = await sql.all(
      `INSERT INTO "${table.name}" (${names}) VALUES ${chunk.map(() => tuple).join(', ')} RETURNING ${returning(table)}`,
      params,
    )
    stored.push(...raw.map((row) => table.decode(row)))
  }
  return stored
}

export async function insertRow<Row extends object>(sql: Sql, table: Table<Row>, row: Omit<Row, 'id'>): Promise<Row> {
  const [stored] = await insertRows(sql, table, [row])
  if (stored === undefined) throw new Error(`nothing came back from an insert into ${table.name}`)
  return stored
}

/**
 * Sets the given columns where the condition holds.
 *
 * @returns the number of rows changed
 */
export async function updateRows<Row extends object>(
  sql: Sql,
  table: Table<Row>,
  patch: Partial<Row>,
  where: string,
  params: readonly SqlValue[],
): Promise<number> {
  const set = columnsOf(table).filter(([property]) => patch[property] !== undefined)
  if (set.length === 0) return 0
  // The filter above leaves only properties that are there.
  const values = set.map(([property, column]) => encode(sql, table, column, patch[property] as Row[keyof Row]))
  const assignments = set.map(([, column]) => `"${column.name}" = ?`).join(', ')
  return sql.run(`UPDATE "${table.name}" SET ${assignments} WHERE ${where}`, [...values, ...params])
}

export async function count(sql: Sql, text: string, params: readonly SqlValue[] = []): Promise<number> {
  const [row] = await sql.all(text, params)
  // PostgreSQL counts in bigint, which its driver hands over as text.
  return Number(row === undefined ? 0 : Object.values(row)[0])
}

function columnsOf<Row extends object>(table: Table<Row>): [keyof Row & string, Column<Row[keyof Row]>][] {
  // Object.entries loses the tie between key and value type; Columns<Row> guarantees it.
  return Object.entries(table.columns) as [keyof Row & string, Column<Row[keyof Row]>][]
}

function returning<Row extends object>(table: Table<Row>): string {
  return columnsOf(table)
    .map(([, column]) => `"${column.name}"`)
    .join(', ')
}

function encode<Row extends object>(
  sql: Sql,
  table: Table<Row>,
  column: Column<Row[keyof Row]>,
  value: Row[keyof Row],
) {
  return column.encode(value, (reason) =>
    sql.log.warn('value cannot be stored as JSON, null is stored', { table: table.name, column: column.name, reason }),
  )
}
