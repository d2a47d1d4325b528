import { parseScope } from './scope-string.js'
import type { ScopeTable } from './scope-table.js'

/** A scope in words, for those who are asked to grant it. */
export interface ScopeDescription {
  /** The scope as it was asked for. */
  readonly scope: string
  readonly description: string
  /** What the scope is restricted to, to be read after "applies to"; empty if to nothing. */
  readonly filter: string
}

/** Describes one scope to the user `self`. */
export function describeScope(table: ScopeTable, scope: string, self: string): ScopeDescription {
  const parsed = parseScope(scope) ?? { base: scope }
  const description = table.definitions.get(parsed.base)?.description ?? parsed.base
  return { scope, description, filter: describeFilter(parsed, self) }
}

/**
 * Describes what a client asks `self` for on the confirmation page.
 *
 * @param neededAnyway - scopes that go with every sign-in (identification and access), not worth a line each
 */
export function describeRequest(
  table: ScopeTable,
  scopes: Iterable<string>,
  options: { readonly self: string; readonly neededAnyway: Iterable<string> },
): readonly ScopeDescription[] {
  const plain = (scope: string) => scope.replace(/!user$/, () => `!user=${options.self}`)
  const asked = new Set(scopes)
  // With `inherit` the others add nothing, and a list of them would hide that.
  if (asked.has('inherit')) return [describeScope(table, 'inherit', options.self)]
  const left = new Set([...options.neededAnyway].map(plain))
  const shown = [...asked].filter((scope) => !left.has(plain(scope)))
  return (shown.length > 0 ? shown : ['(no_scope)']).map((scope) => describeScope(table, scope, options.self))
}

function describeFilter(parsed: ReturnType<typeof parseScope> & object, self: string): string {
  if (parsed.selfFilter === 'user') return 'only you'
  if (parsed.selfFilter) return `this ${parsed.selfFilter}`
  if (!parsed.filter) return ''
  const { kind, value } = parsed.filter
  if (kind === 'user' && value === self) return 'only you'
  return kind === 'group' ? `users in group ${value}` : `${kind} ${value}`
}
