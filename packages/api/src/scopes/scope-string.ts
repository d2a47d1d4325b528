import { CodedError } from '../coded-error.js'
import type { ScopeTable } from './scope-table.js'

export const FILTER_KINDS = ['user', 'group', 'server', 'service'] as const
export type FilterKind = (typeof FILTER_KINDS)[number]

/** A filter that names something: `user=ada`, `server=ada/lab`. */
export interface ScopeFilter {
  readonly kind: FilterKind
  /** For servers `user/server`; the default server is `user/`. */
  readonly value: string
}

/** A scope string taken apart. */
export interface ParsedScope {
  readonly base: string
  readonly filter?: ScopeFilter
  /** A filter without value, which stands for whoever holds the scope: `!user`. */
  readonly selfFilter?: Exclude<FilterKind, 'group'>
  /** The whole text after the `!`; present with either kind of filter. */
  readonly filterText?: string
}

/** A scope that does not exist, or has a filter that cannot be. */
export class UnknownScopeError extends CodedError {
  override readonly name = 'UnknownScopeError'
  constructor(readonly problems: readonly string[]) {
    super('unknown_scope', 400, problems.join(' '))
  }
}

/**
 * Takes a scope string apart at its first `!`, and the filter at its first `=`.
 * Undefined if the filter is none that can be; whether the base exists is not asked.
 */
export function parseScope(text: string): ParsedScope | undefined {
  const bang = text.indexOf('!')
  if (bang === -1) return { base: text }
  const base = text.slice(0, bang)
  const filterText = text.slice(bang + 1)
  const equals = filterText.indexOf('=')
  if (equals === -1) return isSelfFilter(filterText) ? { base, selfFilter: filterText, filterText } : undefined
  const kind = filterText.slice(0, equals)
  const value = filterText.slice(equals + 1)
  return isFilterKind(kind) && value !== '' ? { base, filter: { kind, value }, filterText } : undefined
}

/** Puts a scope string together. */
export function formatScope(base: string, filter?: ScopeFilter): string {
  return filter ? `${base}!${filter.kind}=${filter.value}` : base
}

/** The scope with this filter in place of whatever filter it has. */
export const withFilter = (text: string, filter: ScopeFilter): string =>
  formatScope(text.split('!', 1)[0] ?? '', filter)

/** What is wrong with a scope string, as a sentence; undefined if nothing is. */
export function scopeProblem(table: ScopeTable, text: string): string | undefined {
  const base = text.split('!', 1)[0] ?? ''
  if (!table.definitions.has(base)) {
    const hint = base === 'all' ? ' It is called inherit now.' : ''
    return `Scope ${JSON.stringify(text)} does not exist.${hint}`
  }
  if (parseScope(text)) return undefined
  return `Scope ${JSON.stringify(text)} has no valid filter: use one of !user, !service, !server, !user=, !group=, !server=, !service=.`
}

/** @throws {@link UnknownScopeError} that names every scope which does not exist. */
export function assertScopesExist(table: ScopeTable, scopes: Iterable<string>): void {
  const problems = [...scopes].flatMap((text) => scopeProblem(table, text) ?? [])
  if (problems.length > 0) throw new UnknownScopeError(problems)
}

const isFilterKind = (text: string): text is FilterKind => (FILTER_KINDS as readonly string[]).includes(text)

const isSelfFilter = (text: string): text is Exclude<FilterKind, 'group'> => isFilterKind(text) && text !== 'group'
