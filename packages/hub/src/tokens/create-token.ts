import type { ScopeExpander } from '../access/expand.js'
import type { Owner } from '../access/owner.js'
import { hubClientId } from '../access/permission-facts.js'
import type { PermissionsResolver } from '../access/permissions-resolver.js'
import type { Permissions } from '../access/permissions.js'
import * as roleStore from '../access/role-store.js'
import type { Database } from '../database/index.js'
import { badRequest } from '../http/hub-error.js'
import { generateApiToken, GENERATED_TOKEN_ROUNDS, hashToken } from './token-hash.js'
import { assertWithinOwner, newTokenGroupsInQuestion, requestedTokenScopes } from './token-scopes.js'
import * as tokenStore from './token-store.js'

export interface CreateTokenDeps {
  readonly database: Database
  readonly expander: ScopeExpander
  readonly resolver: PermissionsResolver
  readonly now: () => Date
  /** `token_expires_in_max_seconds`; 0: no limit. */
  readonly maxSeconds: number
}

export interface TokenOrder {
  readonly user: { readonly id: number; readonly name: string }
  /** What the user may do. */
  readonly held: Permissions
  readonly note: string
  readonly scopes?: readonly string[] | null | undefined
  readonly roles?: readonly string[] | null | undefined
  /** Seconds; null and 0: as long as is allowed. */
  readonly expiresIn?: number | null | undefined
}

/**
 * Makes a token for a user. The secret is in the result and nowhere else.
 *
 * @throws CodedError 400 for scopes that do not exist or that the user does not have, or a life that is not allowed
 */
export async function createUserToken(
  order: TokenOrder,
  deps: CreateTokenDeps,
): Promise<{ readonly token: string; readonly row: tokenStore.ApiToken }> {
  const { database, expander, resolver, now } = deps
  const owner: Owner = { kind: 'user', name: order.user.name }
  const roles = new Map((await roleStore.list(database.read)).map((role) => [role.name, role.scopes]))
  const scopes = requestedTokenScopes(expander, order, (role) => roles.get(role))
  const bounds = { owner, issuer: { kind: 'hub' }, held: order.held } as const
  const membership = await resolver.membership(newTokenGroupsInQuestion(expander, scopes, bounds))
  assertWithinOwner(expander, scopes, bounds, membership)
  const seconds = lifetime(order.expiresIn ?? 0, deps.maxSeconds)
  const token = generateApiToken()
  const created = now()
  const row = await database.write((tx) =>
    tokenStore.create(tx, {
      ...hashToken(token, { rounds: GENERATED_TOKEN_ROUNDS }),
      owner: { userId: order.user.id },
      clientId: hubClientId,
      scopes,
      note: order.note,
      created,
      expiresAt: seconds === 0 ? null : new Date(created.getTime() + seconds * 1_000),
    }),
  )
  return { token, row }
}

/** 0 asks for the longest life there is. */
function lifetime(asked: number, maxSeconds: number): number {
  if (asked < 0) throw badRequest('expires_in must not be negative.', 'expiry_invalid')
  if (maxSeconds === 0) return asked
  if (asked > maxSeconds) throw badRequest(`expires_in must not exceed ${maxSeconds} seconds.`, 'expiry_too_long')
  return asked === 0 ? maxSeconds : asked
}
