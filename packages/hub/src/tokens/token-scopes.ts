import { assertScopesExist, CodedError } from '@hub/api'
import type { ScopeExpander } from '../access/expand.js'
import { groupsInQuestion, intersect } from '../access/intersect.js'
import type { Membership } from '../access/membership.js'
import type { Issuer, Owner } from '../access/owner.js'
import { excessOf, type Permissions } from '../access/permissions.js'

/** A token that cannot be made as it was asked for. */
export class TokenScopesError extends CodedError {
  override readonly name = 'TokenScopesError'
  constructor(message: string) {
    super('token_scopes_refused', 400, message)
  }
}

export interface RequestedScopes {
  readonly scopes?: readonly string[] | null | undefined
  /** Names of roles whose scopes the token gets, once; later changes of the role do not touch it. */
  readonly roles?: readonly string[] | null | undefined
}

/**
 * The raw scopes that a new token asks for: those given, those of the roles given, or those of the role `token`.
 *
 * @param roleScopes - raw scopes of a role; undefined if there is no such role
 * @throws {@link TokenScopesError} or UnknownScopeError
 */
export function requestedTokenScopes(
  expander: ScopeExpander,
  { scopes, roles }: RequestedScopes,
  roleScopes: (role: string) => readonly string[] | undefined,
): readonly string[] {
  if (scopes && roles) throw new TokenScopesError('Give scopes or roles, not both.')
  if (scopes) {
    assertScopesExist(expander.table, scopes)
    return [...new Set(scopes)].sort()
  }
  const found = (roles ?? ['token']).map((role) => {
    const ofRole = roleScopes(role)
    if (!ofRole) throw new TokenScopesError(`There is no role ${JSON.stringify(role)}. Give scopes instead.`)
    return ofRole
  })
  return [...new Set(found.flat())].sort()
}

export interface TokenBounds {
  readonly owner: Owner
  readonly issuer: Issuer
  /** `ownerPermissions` of the owner. Those of the caller who asks for the token do not count. */
  readonly held: Permissions
}

/** The groups whose members {@link assertWithinOwner} must know; nearly always none. */
export function newTokenGroupsInQuestion(
  expander: ScopeExpander,
  scopes: readonly string[],
  { owner, issuer, held }: TokenBounds,
): ReadonlySet<string> {
  return groupsInQuestion(expander.expand(withoutInherit(scopes), { owner, issuer }).permissions, held)
}

/**
 * Refuses a token that asks for more than its owner may do. What the owner loses later the token loses as well, see
 * `tokenPermissions`.
 *
 * @throws {@link TokenScopesError} that names the excess
 */
export function assertWithinOwner(
  expander: ScopeExpander,
  scopes: readonly string[],
  { owner, issuer, held }: TokenBounds,
  membership?: Membership,
): void {
  const asked = expander.expand(withoutInherit(scopes), { owner, issuer }).permissions
  const excess = excessOf(asked, intersect(asked, held, membership))
  if (excess.length === 0) return
  throw new TokenScopesError(
    `Not assigning requested scopes ${excess.join(', ')}: ${owner.kind} ${owner.name} does not have them. ` +
      'Ask for fewer scopes, or for none to get all that the owner has.',
  )
}

const withoutInherit = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => scope !== 'inherit')
