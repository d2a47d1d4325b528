import { isPlainObject } from './kinds/copy.js'

/** What a setting does to the value that was there before: replaces it, or changes a list, set or dict. */
export type Change =
  /** `written` is the name that stood there, where the value is what it named. */
  | { readonly op: 'assign'; readonly value: unknown; readonly written?: unknown }
  /** The option's texts on the command line, not yet read. */
  | { readonly op: 'texts'; readonly texts: readonly string[] }
  | { readonly op: 'append' | 'prepend' | 'remove'; readonly items: readonly unknown[] }
  | { readonly op: 'insert'; readonly index: number; readonly item: unknown }
  | { readonly op: 'update'; readonly entries: Readonly<Record<string, unknown>> }

/** What was to be changed is no list, set or dict, or not of the sort that can be changed so. */
export class NotChangeable extends Error {
  override readonly name = 'NotChangeable'
}

/** @returns the changed copy. @throws NotChangeable */
export function applyChange(before: unknown, change: Change): unknown {
  switch (change.op) {
    case 'assign':
      return change.value
    case 'texts':
      // The loader reads texts before anything is applied.
      throw new NotChangeable('texts that were not read')
    case 'append':
      return combine(before, (items) => [...items, ...change.items])
    case 'prepend':
      return combine(before, (items) => [...change.items, ...items])
    case 'insert':
      return combine(before, (items) => items.toSpliced(change.index, 0, change.item))
    case 'remove':
      return remove(before, change.items)
    case 'update':
      if (!isPlainObject(before)) throw new NotChangeable('it is no dict')
      return { ...before, ...change.entries }
  }
}

function combine(before: unknown, build: (items: readonly unknown[]) => unknown[]): unknown {
  if (Array.isArray(before)) return build(before)
  if (before instanceof Set) return new Set(build([...before]))
  throw new NotChangeable('it is no list or set')
}

function remove(before: unknown, items: readonly unknown[]): unknown {
  if (Array.isArray(before)) return before.filter((item) => !items.includes(item))
  if (before instanceof Set) return new Set([...before].filter((item) => !items.includes(item)))
  if (isPlainObject(before)) return Object.fromEntries(Object.entries(before).filter(([key]) => !items.includes(key)))
  throw new NotChangeable('it is no list, set or dict')
}
