import type { JsonObject } from '@hub/api'

/** A field of an object; dots lead into objects within, unless a field has the very name. */
export function claimAt(from: unknown, path: string): unknown {
  if (typeof from !== 'object' || from === null || path === '') return undefined
  if (Object.hasOwn(from, path)) return (from as JsonObject)[path] // its own field, as was just checked
  // Names of fields may have dots themselves, as URLs do: the longest first.
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const found = claimAt(claimOf(from, path.slice(0, dot)), path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

function claimOf(from: object, name: string): unknown {
  return Object.hasOwn(from, name) ? (from as JsonObject)[name] : undefined // its own field
}

/** A list of names however services write it; anything else is none. */
export function namesIn(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/) : []
  return [...new Set(list.map((one) => (typeof one === 'string' ? one : '')).filter((name) => name !== ''))]
}
