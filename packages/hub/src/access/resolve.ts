import { scopeProblem } from '@hub/api'
import type { ScopeExpander } from './expand.js'
import { groupsInQuestion, intersect } from './intersect.js'
import { type Membership, noMembership } from './membership.js'
import type { Issuer, Owner } from './owner.js'
import { Permissions } from './permissions.js'

export interface ScopeRequest {
  /** Raw scopes that are asked for. */
  readonly requested: Iterable<string>
  /** Raw scopes of which they can be taken. */
  readonly held: Iterable<string>
  readonly owner: Owner
  readonly issuer: Issuer
}

export interface ResolvedScopes {
  /** As they were asked for where all of it is held, else the parts that are. Sorted. */
  readonly granted: readonly string[]
  /** Asked for and not, or not wholly, granted. Sorted. */
  readonly notGranted: readonly string[]
}

/** The groups whose members must be known to resolve a request; nearly always none. */
export function requestGroupsInQuestion(expander: ScopeExpander, request: ScopeRequest): ReadonlySet<string> {
  const expand = (scopes: Iterable<string>) => expander.expand(scopes, request).permissions
  return groupsInQuestion(expand(request.requested), expand(request.held))
}

/**
 * Grants of the requested scopes what is held. They are kept in the form they were asked for as far as possible, so that
 * `!server` and `self` still follow their owner later.
 *
 * @param membership - must know {@link requestGroupsInQuestion}
 */
export function resolveScopes(
  expander: ScopeExpander,
  request: ScopeRequest,
  membership: Membership = noMembership,
): ResolvedScopes {
  const { owner, issuer } = request
  const expand = (scopes: Iterable<string>) => expander.expand(scopes, { owner, issuer }).permissions
  const held = new Set(request.held)
  const requested = [...new Set(request.requested)].sort()
  const granted = new Set(requested.filter((scope) => held.has(scope)))
  const notGranted: string[] = []
  for (const scope of requested.filter((each) => !held.has(each))) {
    const already = new Set(expand(granted).toStrings())
    const wanted = expand([scope])
      .toStrings()
      .filter((each) => !already.has(each))
    const allowed = intersect(Permissions.parse(wanted), expand(held), membership).toStrings()
    const isWhole = allowed.join('\n') === wanted.join('\n')
    if (isWhole && !scopeProblem(expander.table, scope)) granted.add(scope)
    else {
      for (const each of allowed) granted.add(each)
      notGranted.push(scope)
    }
  }
  return { granted: [...granted].sort(), notGranted }
}
