import type { JsonObject } from '@hub/api'
import { decodeJsonList, decodeJsonObject, decodeTimestamp, encodeJson, encodeTimestamp } from './codecs.js'
import type { SqlValue } from './sql.js'

export type ColumnType = 'integer' | 'varchar' | 'text' | 'boolean' | 'timestamp' | 'blob'

export interface ForeignKey {
  readonly table: string
  readonly column: string
  readonly onDelete: 'CASCADE' | 'SET NULL'
}

/** How a column is declared. */
export interface ColumnLayout {
  readonly name: string
  readonly type: ColumnType
  readonly length?: number
  readonly nullable: boolean
  readonly unique?: boolean
  readonly indexed?: boolean
  readonly references?: ForeignKey
}

/** One column and how its values travel. `T` is what the code sees. */
export interface Column<T> extends ColumnLayout {
  decode(raw: unknown): T
  encode(value: T, warn: (reason: string) => void): SqlValue
}

export interface ColumnOptions {
  readonly length?: number
  readonly unique?: boolean
  readonly indexed?: boolean
  readonly notNull?: boolean
  readonly references?: ForeignKey
}

type Codec<T> = Pick<Column<T>, 'decode' | 'encode'>

function column<T>(name: string, type: ColumnType, codec: Codec<T>, options: ColumnOptions): Column<T> {
  const { notNull, ...rest } = options
  return { name, type, nullable: notNull !== true, ...rest, ...codec }
}

// The drivers hand over numbers, strings and Buffers of the declared type; the casts below say so.
const asIs = <T extends SqlValue>(): Codec<T> => ({ decode: (raw) => (raw ?? null) as T, encode: (value) => value })

export const integer = (name: string, options: ColumnOptions = {}): Column<number> =>
  column(name, 'integer', asIs<number>(), { notNull: true, ...options })

export const nullableInteger = (name: string, options: ColumnOptions = {}): Column<number | null> =>
  column(name, 'integer', asIs<number | null>(), options)

/** A text that our code always fills, though upstream's column may be null: null reads as `''`. */
export const text = (name: string, length: number, options: ColumnOptions = {}): Column<string> =>
  column(name, 'varchar', { decode: (raw) => (raw ?? '') as string, encode: (value) => value }, { length, ...options })

export const nullableText = (name: string, length: number, options: ColumnOptions = {}): Column<string | null> =>
  column(name, 'varchar', asIs<string | null>(), { length, ...options })

/** Null reads as `absent`: defaults live in the application, so a row written by hand may lack them. */
export const bool = (name: string, options: ColumnOptions & { readonly absent?: boolean } = {}): Column<boolean> => {
  const { absent = false, ...rest } = options
  return column(
    name,
    'boolean',
    // sqlite keeps 0 and 1, PostgreSQL true and false.
    { decode: (raw) => (raw === null || raw === undefined ? absent : Boolean(raw)), encode: (value) => value },
    rest,
  )
}

export const timestamp = (name: string): Column<Date> =>
  column(
    name,
    'timestamp',
    { decode: (raw) => decodeTimestamp(raw as string), encode: (value) => encodeTimestamp(value) },
    { notNull: true },
  )

export const nullableTimestamp = (name: string): Column<Date | null> =>
  column(
    name,
    'timestamp',
    {
      decode: (raw) => (raw === null || raw === undefined ? null : decodeTimestamp(raw as string)),
      encode: (value) => (value === null ? null : encodeTimestamp(value)),
    },
    {},
  )

export const jsonObject = (name: string): Column<JsonObject | null> =>
  column(
    name,
    'text',
    {
      decode: (raw) => (raw === null || raw === undefined ? null : decodeJsonObject(raw as string)),
      encode: (value, warn) => encodeJson(value, warn),
    },
    {},
  )

/** Null reads as an empty list. */
export const jsonList = (name: string): Column<readonly string[]> =>
  column(
    name,
    'text',
    {
      decode: (raw) => (raw === null || raw === undefined ? [] : decodeJsonList(raw as string)),
      encode: (value, warn) => encodeJson(value, warn),
    },
    {},
  )

export const blob = (name: string): Column<Buffer | null> => column(name, 'blob', asIs<Buffer | null>(), {})

export const cascade = (table: string, column = 'id'): ForeignKey => ({ table, column, onDelete: 'CASCADE' })
export const setNull = (table: string, column = 'id'): ForeignKey => ({ table, column, onDelete: 'SET NULL' })
