import { z } from 'zod'

/** A JSON schema as it is written into a document. */
export type JsonSchema = Readonly<Record<string, unknown>>

const REFERENCE_PREFIX = '#/components/schemas/'

/** Turns zod schemas into JSON schemas and collects those that have an id, as components of one document. */
export class JsonSchemas {
  readonly #components = new Map<string, JsonSchema>()

  /** @param io - `input`: what a request may hold; `output`: what a reply holds */
  convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
    for (const [id, definition] of Object.entries($defs)) this.#components.set(id, asSchema(tidy(definition)))
    return asSchema(tidy(root))
  }

  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** Follows references into components, and leaves out what says nothing. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node)
    .filter(([key, value]) => value !== undefined && !isNoise(key, value))
    .map(([key, value]) => [key, key === '$ref' ? reference(value) : tidy(value)])
  return Object.fromEntries(entries)
}

// Every key is a string, and every integer fits into the numbers of JavaScript.
const isNoise = (key: string, value: unknown): boolean =>
  (key === 'propertyNames' && JSON.stringify(value) === '{"type":"string"}') ||
  ((key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER)

const reference = (target: unknown): string => String(target).replace('#/$defs/', REFERENCE_PREFIX)

// `tidy` returns an object for an object.
const asSchema = (node: unknown): JsonSchema => node as JsonSchema
