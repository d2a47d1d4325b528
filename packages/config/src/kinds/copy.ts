import { Secret } from '../secret.js'

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // A file evaluated in another realm has its own Object.prototype, whose prototype is null all the same.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Copies arrays, sets, maps, plain objects and bytes; everything else (functions, instances) is shared. */
export function deepCopy<T>(value: T): T {
  // Each branch builds the same shape as its input, which the compiler cannot follow.
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Set) return new Set([...value].map(copy))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item)]))
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (value instanceof Secret) return value
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
  return value
}
