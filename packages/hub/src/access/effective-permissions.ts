import { type Expansion, type ScopeExpander } from './expand.js'
import { groupsInQuestion, intersect } from './intersect.js'
import { type Membership, noMembership } from './membership.js'
import { accessScope, identifyScopes, type Issuer, type Owner } from './owner.js'
import { type Permissions, union } from './permissions.js'

/** What is stored about the rights of a user or service. */
export interface OwnerFacts {
  readonly owner: Owner
  /** Raw scopes of the owner's roles and, for users, of the roles of the user's groups. */
  readonly roleScopes: Iterable<string>
  /** Scopes of unexpired shares with the user and with the user's groups; each names its server. */
  readonly shareScopes?: Iterable<string>
}

/** What a user may do with a cookie, or a service with a token that inherits. */
export function ownerPermissions(
  expander: ScopeExpander,
  { owner, roleScopes, shareScopes = [] }: OwnerFacts,
): Expansion {
  return expander.expand([...roleScopes, ...shareScopes], { owner })
}

/** What is stored about a token. */
export interface TokenFacts {
  readonly owner: Owner
  /** What stands behind the OAuth client that the token belongs to. */
  readonly issuer: Issuer
  /** Raw scopes. */
  readonly scopes: readonly string[]
}

export interface TokenPermissions {
  readonly permissions: Permissions
  /** What the token would allow to an owner who may do everything; `excessOf(asked, permissions)` is what the owner lost. */
  readonly asked: Permissions
  /** Scopes of the token that mean nothing; worth a warning. */
  readonly dropped: readonly string[]
}

/**
 * What a token allows right now: its scopes, the right to use what issued it and to know its owner, as far as the owner
 * still may all that.
 *
 * @param held - {@link ownerPermissions} of the token's owner
 * @param membership - must know {@link tokenGroupsInQuestion}
 */
export function tokenPermissions(
  expander: ScopeExpander,
  token: TokenFacts,
  held: Permissions,
  membership: Membership = noMembership,
): TokenPermissions {
  if (token.scopes.includes('inherit')) return { permissions: held, asked: held, dropped: [] }
  const { permissions: asked, dropped } = expandToken(expander, token)
  return { permissions: intersect(asked, held, membership), asked, dropped }
}

/** The groups whose members must be known to tell what a token allows; nearly always none. */
export function tokenGroupsInQuestion(
  expander: ScopeExpander,
  token: TokenFacts,
  held: Permissions,
): ReadonlySet<string> {
  if (token.scopes.includes('inherit')) return new Set()
  return groupsInQuestion(expandToken(expander, token).permissions, held)
}

/** Permissions that also allow to be told who one is: the reply to "whoami" shows it to every caller. */
export const withIdentity = (permissions: Permissions, expander: ScopeExpander, owner: Owner): Permissions =>
  union(permissions, expander.expand(identifyScopes(owner)).permissions)

function expandToken(expander: ScopeExpander, { owner, issuer, scopes }: TokenFacts): Expansion {
  const access = accessScope(issuer)
  const implicit = access === undefined ? identifyScopes(owner) : [...identifyScopes(owner), access]
  return expander.expand([...scopes, ...implicit], { owner, issuer })
}
