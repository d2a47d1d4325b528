import type { Log } from '@hub/api'
import type { ScopeExpander } from '../access/expand.js'
import {
  authorizeOAuthScopes,
  oauthAuthorizationRequest,
  type OAuthClientFacts,
  oauthTokenRequest,
  readOAuthScopes,
  storedOAuthScopes,
} from '../access/oauth-scopes.js'
import type { PermissionsResolver } from '../access/permissions-resolver.js'
import { requestGroupsInQuestion } from '../access/resolve.js'
import * as roleStore from '../access/role-store.js'
import type { Database } from '../database/index.js'
import { AuthorizeError } from './oauth-errors.js'

export interface GrantedScopesDeps {
  readonly database: Database
  readonly expander: ScopeExpander
  readonly resolver: PermissionsResolver
  readonly log: Log
}

/**
 * The raw scopes that a token of this client gets, if the user agrees: what the client asks for and may, as far as the user has it.
 *
 * @param words - of the request's `scope`; undefined asks for all that the client may
 * @throws {@link AuthorizeError} `invalid_scope` when the client asks for more than it may
 */
export async function grantedScopes(
  words: readonly string[] | undefined,
  client: OAuthClientFacts & { readonly id: string },
  user: { readonly id: number; readonly name: string },
  deps: GrantedScopesDeps,
): Promise<readonly string[]> {
  const { database, expander, resolver, log } = deps
  const refuse = (reason: string): AuthorizeError => {
    log.warn('an OAuth client asks for scopes it cannot have', { client: client.id, reason })
    return new AuthorizeError('invalid_scope', reason)
  }
  const roles = new Map(
    (await roleStore.findByNames(database.read, words ?? [])).map((role) => [role.name, role.scopes]),
  )
  const read = readOAuthScopes(expander, words, client, (role) => roles.get(role))
  if (!read.ok) throw refuse(read.reason)

  const { request } = oauthAuthorizationRequest(read.scopes, client, user.name)
  const authorized = authorizeOAuthScopes(
    expander,
    read.scopes,
    { client, user: user.name },
    await resolver.membership(requestGroupsInQuestion(expander, request)),
  )
  if (!authorized.ok) throw refuse(authorized.reason)

  const userRoleScopes = await roleStore.rawScopesOfUser(database.read, user.id)
  const tokenRequest = oauthTokenRequest(authorized.scopes, { issuer: client.issuer, user: user.name, userRoleScopes })
  const membership = await resolver.membership(requestGroupsInQuestion(expander, tokenRequest))
  const { granted, notGranted } = storedOAuthScopes(expander, tokenRequest, membership)
  if (notGranted.length > 0) {
    log.warn('an OAuth client asks for scopes the user does not have', {
      client: client.id,
      user: user.name,
      notGranted,
    })
  }
  return granted
}
