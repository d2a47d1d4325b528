import type { ColumnLayout } from './columns.js'
import type { DatabaseKind } from './sql.js'
import type { TableLayout } from './table.js'

/** CREATE TABLE and CREATE INDEX statements with the types and the constraint names that upstream uses. */
export function createTableStatements(table: TableLayout, kind: DatabaseKind): string[] {
  const lines = [
    ...table.layout.map((column) => columnLine(column, table, kind)),
    `CONSTRAINT pk_${table.name} PRIMARY KEY (${table.primaryKey.join(', ')})`,
    ...table.layout.flatMap((column) => constraints(column, table)),
  ]
  return [
    `CREATE TABLE ${quote(table.name)} (\n  ${lines.join(',\n  ')}\n)`,
    ...table.layout
      .filter((column) => column.indexed)
      .map((column) => `CREATE INDEX ix_${table.name}_${column.name} ON ${quote(table.name)} (${quote(column.name)})`),
  ]
}

export function columnType(column: ColumnLayout, kind: DatabaseKind): string {
  switch (column.type) {
    case 'varchar':
      return `VARCHAR(${column.length})`
    case 'timestamp':
      return kind === 'sqlite' ? 'DATETIME' : 'TIMESTAMP WITHOUT TIME ZONE'
    case 'blob':
      return kind === 'sqlite' ? 'BLOB' : 'BYTEA'
    case 'integer':
    case 'text':
    case 'boolean':
      return column.type.toUpperCase()
  }
}

function columnLine(column: ColumnLayout, table: TableLayout, kind: DatabaseKind): string {
  // On sqlite a plain INTEGER primary key numbers itself.
  const counts = column.name === 'id' && table.primaryKey.includes('id')
  const type = counts && kind === 'postgres' ? 'SERIAL' : columnType(column, kind)
  const required = !column.nullable || table.primaryKey.includes(column.name)
  return `${quote(column.name)} ${type}${required ? ' NOT NULL' : ''}`
}

function constraints(column: ColumnLayout, table: TableLayout): string[] {
  const { name, references, unique } = column
  const list: string[] = []
  if (unique) list.push(`CONSTRAINT uq_${table.name}_${name} UNIQUE (${name})`)
  if (references) {
    list.push(
      `CONSTRAINT fk_${table.name}_${name}_${references.table} FOREIGN KEY(${name}) ` +
        `REFERENCES ${quote(references.table)} (${references.column}) ON DELETE ${references.onDelete}`,
    )
  }
  return list
}

export const quote = (name: string): string => `"${name}"`
