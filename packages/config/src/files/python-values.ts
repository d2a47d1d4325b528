import { z } from 'zod'
import type { Change } from '../change.js'

const changeSchema = z.object({
  op: z.enum(['assign', 'append', 'prepend', 'insert', 'remove', 'update']),
  file: z.string().nullable(),
  line: z.number().nullable(),
  value: z.unknown().optional(),
  items: z.array(z.unknown()).default([]),
  index: z.number().default(0),
  item: z.unknown().optional(),
  entries: z.unknown().optional(),
})

/** What the evaluator writes. */
export const documentSchema = z.object({
  failure: z.string().optional(),
  settings: z.array(z.object({ section: z.string(), trait: z.string(), changes: z.array(changeSchema) })).default([]),
  files: z.array(z.string()),
  warnings: z.array(z.string()),
  environ: z.record(z.string(), z.string().nullable()),
})

export type PythonDocument = z.infer<typeof documentSchema>

/** A value that only Python can use; the loader says so, with the option's name, unless it can be named otherwise. */
export class PythonOnly {
  constructor(
    readonly sort: 'callable' | 'class' | 'object',
    /** A function's name, a class's dotted path, an object's type. */
    readonly name: string,
  ) {}
}

export function changeFrom(change: z.infer<typeof changeSchema>): Change {
  switch (change.op) {
    case 'assign':
      return { op: 'assign', value: decode(change.value) }
    case 'insert':
      return { op: 'insert', index: change.index, item: decode(change.item) }
    case 'update':
      return { op: 'update', entries: dictFrom(change.entries) }
    default:
      return { op: change.op, items: change.items.map(decode) }
  }
}

const markSchema = z.discriminatedUnion('$', [
  z.object({ $: z.literal('dict'), v: z.array(z.tuple([z.unknown(), z.unknown()])) }),
  z.object({ $: z.enum(['set', 'tuple']), v: z.array(z.unknown()) }),
  z.object({ $: z.enum(['int', 'float', 'bytes']), v: z.string() }),
  z.object({ $: z.enum(['callable', 'class', 'object']), name: z.string() }),
])

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode)
  if (typeof value !== 'object' || value === null) return value
  const mark = markSchema.parse(value)
  switch (mark.$) {
    case 'dict':
      return dictFrom(value)
    case 'set':
      return new Set(mark.v.map(decode))
    case 'tuple':
      return mark.v.map(decode)
    case 'int':
      return Number(mark.v)
    case 'float':
      return mark.v === 'nan' ? NaN : mark.v === 'inf' ? Infinity : -Infinity
    case 'bytes':
      return Uint8Array.from(Buffer.from(mark.v, 'base64'))
    default:
      return new PythonOnly(mark.$, mark.name)
  }
}

const dictSchema = z.object({ v: z.array(z.tuple([z.unknown(), z.unknown()])) })

function dictFrom(value: unknown): Record<string, unknown> {
  return Object.fromEntries(dictSchema.parse(value).v.map(([key, item]) => [keyFrom(key), decode(item)]))
}

/** Python's dicts may have numbers for keys; ours have text. */
function keyFrom(key: unknown): string {
  if (key === null) return 'None'
  if (typeof key === 'boolean') return key ? 'True' : 'False'
  const decoded = decode(key)
  return typeof decoded === 'string' || typeof decoded === 'number' ? String(decoded) : JSON.stringify(decoded)
}
