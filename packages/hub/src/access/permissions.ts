import { FILTER_KINDS, type FilterKind, formatScope, parseScope, type ScopeFilter } from '@hub/api'

/** What a scope is held for, by kind: the names that its filters give. */
export type FilteredCoverage = Readonly<Record<FilterKind, ReadonlySet<string>>>

/** What one scope is held for: everything, or what its filters name. */
export type Coverage = 'all' | FilteredCoverage

/**
 * Scopes as they are checked: expanded, self-filters resolved, nothing redundant. An immutable value.
 * Equal sets have equal {@link Permissions.toStrings}.
 */
export class Permissions {
  static readonly none = new Permissions(new Map())

  #strings: readonly string[] | undefined

  /** @param byScope - taken over, not copied; use {@link PermissionsBuilder} */
  constructor(readonly byScope: ReadonlyMap<string, Coverage>) {}

  /** Reads scopes as they stand, without expanding them; what cannot be parsed, or has no name in its filter, is left out. */
  static parse(scopes: Iterable<string>): Permissions {
    const builder = new PermissionsBuilder()
    for (const text of scopes) {
      const parsed = parseScope(text)
      if (parsed && !parsed.selfFilter) builder.add(parsed.base, parsed.filter)
    }
    return builder.build()
  }

  get isEmpty(): boolean {
    return this.byScope.size === 0
  }

  get(scope: string): Coverage | undefined {
    return this.byScope.get(scope)
  }

  /** The scopes as strings, sorted. */
  toStrings(): readonly string[] {
    return (this.#strings ??= [...this.#eachString()].sort())
  }

  *#eachString(): Generator<string> {
    for (const [scope, coverage] of this.byScope) {
      if (coverage === 'all') yield scope
      else
        for (const kind of FILTER_KINDS) for (const value of coverage[kind]) yield formatScope(scope, { kind, value })
    }
  }
}

/** Collects scopes; an unfiltered one absorbs its filtered variants. */
export class PermissionsBuilder {
  readonly #byScope = new Map<string, 'all' | Record<FilterKind, Set<string>>>()

  add(scope: string, filter?: ScopeFilter): void {
    const held = this.#byScope.get(scope)
    if (held === 'all') return
    if (!filter) {
      this.#byScope.set(scope, 'all')
      return
    }
    if (held) held[filter.kind].add(filter.value)
    else {
      const coverage = {
        user: new Set<string>(),
        group: new Set<string>(),
        server: new Set<string>(),
        service: new Set<string>(),
      }
      coverage[filter.kind].add(filter.value)
      this.#byScope.set(scope, coverage)
    }
  }

  addCoverage(scope: string, coverage: Coverage): void {
    if (coverage === 'all') this.add(scope)
    else for (const kind of FILTER_KINDS) for (const value of coverage[kind]) this.add(scope, { kind, value })
  }

  addAll(permissions: Permissions): void {
    for (const [scope, coverage] of permissions.byScope) this.addCoverage(scope, coverage)
  }

  /** The collected set; the builder must not be used any more. */
  build(): Permissions {
    return this.#byScope.size === 0 ? Permissions.none : new Permissions(this.#byScope)
  }
}

/** All that either side holds. */
export function union(...sets: readonly Permissions[]): Permissions {
  const filled = sets.filter((set) => !set.isEmpty)
  if (filled.length <= 1) return filled[0] ?? Permissions.none
  const builder = new PermissionsBuilder()
  for (const set of filled) builder.addAll(set)
  return builder.build()
}

/** The scopes of `asked` that are not, or not to the same extent, in `granted`; sorted. */
export function excessOf(asked: Permissions, granted: Permissions): readonly string[] {
  const present = new Set(granted.toStrings())
  return asked.toStrings().filter((scope) => !present.has(scope))
}
