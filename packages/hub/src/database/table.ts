import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm'
import type { Column, ColumnLayout } from './columns.js'
import type { RawRow, SqlValue } from './sql.js'

export type Columns<Row> = { readonly [K in keyof Row]-?: Column<Row[K]> }

/** How a table is declared, whatever its rows are. */
export interface TableLayout {
  readonly name: string
  readonly layout: readonly ColumnLayout[]
  /** Names of the columns of the primary key. */
  readonly primaryKey: readonly string[]
  /** TypeORM's view of the same table. */
  readonly entity: EntitySchema
}

/** A table: its columns in upstream's names, and how its rows are read and written. */
export interface Table<Row extends object> extends TableLayout {
  readonly columns: Columns<Row>
  /** `"users"."id" AS "id", …`; a prefix keeps the columns of joined tables apart. */
  select(prefix?: string): string
  /** The names that {@link Table.select} gives to the columns. */
  names(prefix?: string): readonly string[]
  /** Reads what {@link Table.select} with the same prefix has selected. */
  decode(raw: RawRow, prefix?: string): Row
}

export interface TableOptions<Row> {
  readonly primaryKey?: readonly (keyof Row & string)[]
}

export function defineTable<Row extends object>(
  name: string,
  columns: Columns<Row>,
  options: TableOptions<Row> = {},
): Table<Row> {
  // Object.entries loses the tie between key and value type; Columns<Row> guarantees it.
  const entries = Object.entries(columns) as [keyof Row & string, Column<Row[keyof Row]>][]
  const primaryKey = (options.primaryKey ?? ['id']).map(
    (key) => entries.find(([name]) => name === key)?.[1].name ?? key,
  )
  const selects = new Map<string, string>()
  return {
    name,
    columns,
    layout: entries.map(([, column]) => column),
    primaryKey,
    entity: entityOf(name, entries, primaryKey),
    select(prefix = '') {
      let text = selects.get(prefix)
      if (text === undefined) {
        text = entries.map(([, column]) => `"${name}"."${column.name}" AS "${prefix}${column.name}"`).join(', ')
        selects.set(prefix, text)
      }
      return text
    },
    names: (prefix = '') => entries.map(([, column]) => prefix + column.name),
    decode(raw, prefix = '') {
      const row: Record<string, unknown> = {}
      for (const [property, column] of entries) row[property] = column.decode(raw[prefix + column.name])
      // Every property of Row has just been set, by the column that knows its type.
      return row as Row
    },
  }
}

/** The same table with fewer columns, for questions that have no use for the rest (a blob, a secret). */
export function narrowTable<Row extends object, Key extends keyof Row & string>(
  table: Table<Row>,
  keys: readonly Key[],
): Table<Pick<Row, Key>> {
  const columns = Object.fromEntries(keys.map((key) => [key, table.columns[key]]))
  // fromEntries forgets which keys it was given.
  return defineTable(table.name, columns as Columns<Pick<Row, Key>>, { primaryKey: [] })
}

function entityOf<Row extends object>(
  name: string,
  entries: readonly [keyof Row & string, Column<Row[keyof Row]>][],
  primaryKey: readonly string[],
): EntitySchema {
  const columns = entries.map(([property, column]): [string, EntitySchemaColumnOptions] => [
    property,
    {
      name: column.name,
      // TypeORM's own date conversion writes three fractional digits: as text the value passes through untouched.
      type: column.type === 'timestamp' || column.type === 'blob' ? 'text' : column.type,
      ...(column.length === undefined ? {} : { length: column.length }),
      nullable: column.nullable,
      primary: primaryKey.includes(column.name),
      ...(property === 'id' ? { generated: 'increment' as const } : {}),
      transformer: {
        to: (value: Row[keyof Row] | undefined): SqlValue | undefined =>
          value === undefined ? undefined : column.encode(value, () => {}),
        from: (raw: unknown) => column.decode(raw),
      },
    },
  ])
  return new EntitySchema({ name, tableName: name, columns: Object.fromEntries(columns) })
}
