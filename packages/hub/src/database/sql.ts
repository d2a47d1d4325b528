import type { Log } from '@hub/api'

export type DatabaseKind = 'sqlite' | 'postgres'

/** What a statement may be given; dates and JSON are encoded by their column first (see `table.ts`). */
export type SqlValue =
  string | number | boolean | null | Buffer | readonly number[] | readonly string[] | readonly (string | null)[]

/** One row as the driver hands it over, before its columns decode it. */
export type RawRow = Record<string, unknown>

/**
 * Runs statements, either one by one (`database.read`) or inside one transaction (what `database.write` passes on).
 * Statements are written with `?` for each parameter, on both databases; no `?` may stand inside a literal.
 */
export interface Sql {
  readonly kind: DatabaseKind
  readonly log: Log
  /** Rows of a SELECT, or of a statement with RETURNING. */
  all<Raw extends object = RawRow>(text: string, params?: readonly SqlValue[]): Promise<Raw[]>
  /** @returns the number of rows that were inserted, updated or deleted */
  run(text: string, params?: readonly SqlValue[]): Promise<number>
}

/** A {@link Sql} whose statements succeed or fail together. */
export type Transaction = Sql

export interface Database {
  readonly kind: DatabaseKind
  /** Each statement by itself, seeing what is committed. */
  readonly read: Sql
  /** Each statement a transaction by itself: for a write that is one statement, at a third of what {@link write} costs. */
  readonly autocommit: Sql
  /**
   * Runs `work` in one transaction; it commits when `work` resolves and leaves nothing when it throws.
   * On sqlite writers wait for each other, so do nothing slow inside and never open a second one in there.
   */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Lets statements under way finish, then closes. May be called twice. */
  close(): Promise<void>
}

/** `column IN (…)` with the whole list as one parameter, so that the text of the statement stays the same. */
export function isOneOf(sql: Sql, column: string, type: 'integer' | 'varchar'): string {
  return sql.kind === 'sqlite' ? `${column} IN (SELECT value FROM json_each(?))` : `${column} = ANY(?::${type}[])`
}

/** The parameter that belongs to {@link isOneOf}. */
export function listParameter(sql: Sql, values: readonly number[] | readonly string[]): SqlValue {
  return sql.kind === 'sqlite' ? JSON.stringify(values) : values
}

/**
 * All rows of a select as one value, for {@link readRows}. Both drivers make a value of JavaScript of each value of each row, one by
 * one; for a text, which is parsed at once, rows cost half as much, and one statement may bring those of several tables.
 *
 * @param columns - the names the select gives to its columns; none of them may be a blob
 */
export function rowsOf(sql: Sql, columns: readonly string[], select: string): string {
  const names = columns.map((column) => `"${column}"`).join(', ')
  const gather =
    sql.kind === 'sqlite' ? `json_group_array(json_array(${names}))` : `json_agg(json_build_array(${names}))`
  return `(SELECT ${gather} FROM (${select}) AS list)`
}

/** What {@link rowsOf} has selected of these columns. PostgreSQL has no value for no rows, and its driver parses the others itself. */
export function readRows(raw: unknown, columns: readonly string[]): RawRow[] {
  // The select makes a list of lists.
  const lists = (typeof raw === 'string' ? JSON.parse(raw) : (raw ?? [])) as readonly (readonly unknown[])[]
  return lists.map((values) => {
    const row: RawRow = {}
    for (const [index, column] of columns.entries()) row[column] = values[index]
    return row
  })
}
