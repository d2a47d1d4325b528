import { FILTER_KINDS, type ScopeFilter } from '@hub/api'
import { type Membership, noMembership, ownerOfServer } from './membership.js'
import type { Permissions, FilteredCoverage } from './permissions.js'
import { PermissionsBuilder } from './permissions.js'

/**
 * What both sides hold. A server meets its owner, and users and their servers meet the groups the user is in;
 * two different groups never meet, even if they share members.
 */
export function intersect(left: Permissions, right: Permissions, membership: Membership = noMembership): Permissions {
  if (left === right) return left
  // Results that no membership went into are set algebra only and can be remembered.
  if (groupsInQuestion(left, right).size > 0) return intersectNow(left, right, membership)
  const known = remembered.get(left)?.get(right)
  if (known) return known
  const result = intersectNow(left, right, noMembership)
  remember(left, right, result)
  return result
}

/** The groups whose members must be known to intersect the two; mostly none. */
export function groupsInQuestion(left: Permissions, right: Permissions): ReadonlySet<string> {
  const groups = new Set<string>()
  for (const [scope, a] of left.byScope) {
    const b = right.byScope.get(scope)
    if (!b || a === 'all' || b === 'all') continue
    if (a.group.size > 0 && hasOpenQuestion(b, a)) for (const group of a.group) groups.add(group)
    if (b.group.size > 0 && hasOpenQuestion(a, b)) for (const group of b.group) groups.add(group)
  }
  return groups
}

/** Whether `asked` names users or servers that `coverage` could still cover through its groups. */
function hasOpenQuestion(asked: FilteredCoverage, coverage: FilteredCoverage): boolean {
  for (const kind of ['user', 'server'] as const) {
    for (const value of asked[kind]) if (!meets({ kind, value }, coverage, noMembership)) return true
  }
  return false
}

// Held by the sets themselves, so that a result is forgotten together with what it was made from.
const remembered = new WeakMap<Permissions, WeakMap<Permissions, Permissions>>()

function remember(left: Permissions, right: Permissions, result: Permissions): void {
  const results = remembered.get(left) ?? new WeakMap<Permissions, Permissions>()
  results.set(right, result)
  remembered.set(left, results)
}

function intersectNow(left: Permissions, right: Permissions, membership: Membership): Permissions {
  const builder = new PermissionsBuilder()
  for (const [scope, a] of left.byScope) {
    const b = right.byScope.get(scope)
    if (!b) continue
    if (a === 'all') builder.addCoverage(scope, b)
    else if (b === 'all') builder.addCoverage(scope, a)
    else {
      for (const filter of filtersOf(a)) if (meets(filter, b, membership)) builder.add(scope, filter)
      for (const filter of filtersOf(b)) if (meets(filter, a, membership)) builder.add(scope, filter)
    }
  }
  return builder.build()
}

/** Whether what `filter` names lies inside `coverage`, as far as filters tell. */
export function meets({ kind, value }: ScopeFilter, coverage: FilteredCoverage, membership: Membership): boolean {
  if (coverage[kind].has(value)) return true
  if (kind !== 'user' && kind !== 'server') return false
  const user = kind === 'user' ? value : ownerOfServer(value)
  if (kind === 'server' && coverage.user.has(user)) return true
  for (const group of coverage.group) if (membership.isMember(user, group)) return true
  return false
}

function* filtersOf(coverage: FilteredCoverage): Generator<ScopeFilter> {
  for (const kind of FILTER_KINDS) for (const value of coverage[kind]) yield { kind, value }
}
