import { scopeProblem } from '@hub/api'
import type { ScopeExpander } from './expand.js'
import type { Membership } from './membership.js'
import { accessScope, type Issuer } from './owner.js'
import { resolveScopes, type ResolvedScopes, type ScopeRequest } from './resolve.js'

/** Every OAuth token may tell its server or service who came. */
export const OAUTH_IDENTIFY_SCOPES: readonly string[] = ['read:users:name!user', 'read:users:groups!user']

export interface OAuthClientFacts {
  /** Raw scopes of which the client's tokens can have. */
  readonly allowedScopes: readonly string[]
  readonly issuer: Issuer
}

export type OAuthScopeWords =
  | { readonly ok: true; readonly scopes: readonly string[] }
  /** To be reported as `invalid_scope`. */
  | { readonly ok: false; readonly reason: string }

/** What goes with every token of the client: identification, and the right to use what it stands for. */
export function alwaysGranted(issuer: Issuer): readonly string[] {
  const access = accessScope(issuer)
  return access === undefined ? OAUTH_IDENTIFY_SCOPES : [...OAUTH_IDENTIFY_SCOPES, access]
}

/**
 * Reads the words of an authorisation request as raw scopes.
 *
 * @param words - of the parameter `scope`; undefined if there is none, an empty list asks for identification only
 * @param roleScopes - scopes of a role, for clients written for 2.x, which ask for roles
 */
export function readOAuthScopes(
  expander: ScopeExpander,
  words: readonly string[] | undefined,
  client: OAuthClientFacts,
  roleScopes: (role: string) => readonly string[] | undefined,
): OAuthScopeWords {
  if (!words) return { ok: true, scopes: defaultRequest(client) }
  const asked = words.filter((word) => word !== 'identify')
  const unknown = asked.filter((word) => scopeProblem(expander.table, word) !== undefined)
  if (unknown.length === 0) return { ok: true, scopes: asked }
  const roles = asked.map(roleScopes)
  if (roles.some((scopes) => scopes === undefined)) {
    return { ok: false, reason: `There are no scopes of these names: ${unknown.join(', ')}` }
  }
  return { ok: true, scopes: roles.flatMap((scopes) => scopes ?? []) }
}

/** Raw scopes to confirm and grant, or why they cannot be had from this client. */
export function authorizeOAuthScopes(
  expander: ScopeExpander,
  requested: readonly string[],
  { client, user }: { readonly client: OAuthClientFacts; readonly user: string },
  membership?: Membership,
): OAuthScopeWords {
  const { request, scopes } = oauthAuthorizationRequest(requested, client, user)
  const { notGranted } = resolveScopes(expander, request, membership)
  if (notGranted.length === 0) return { ok: true, scopes }
  return { ok: false, reason: `The client may not ask for these scopes: ${notGranted.join(', ')}` }
}

/** What {@link authorizeOAuthScopes} resolves; for `requestGroupsInQuestion`. */
export function oauthAuthorizationRequest(
  requested: readonly string[],
  client: OAuthClientFacts,
  user: string,
): { readonly request: ScopeRequest; readonly scopes: readonly string[] } {
  const always = alwaysGranted(client.issuer)
  const scopes = [...new Set([...requested, ...always])].sort()
  const request: ScopeRequest = {
    requested: scopes,
    held: [...client.allowedScopes, ...always],
    owner: { kind: 'user', name: user },
    issuer: client.issuer,
  }
  return { request, scopes }
}

/** What the token of an authorised request is taken from: the user's own rights. For {@link storedOAuthScopes}. */
export function oauthTokenRequest(
  authorized: readonly string[],
  {
    issuer,
    user,
    userRoleScopes,
  }: { readonly issuer: Issuer; readonly user: string; readonly userRoleScopes: Iterable<string> },
): ScopeRequest {
  return {
    requested: authorized,
    held: [...userRoleScopes, 'inherit', ...alwaysGranted(issuer)],
    owner: { kind: 'user', name: user },
    issuer,
  }
}

/** The raw scopes to store with an OAuth token: of what was authorised, as much as the user has. */
export const storedOAuthScopes = (
  expander: ScopeExpander,
  request: ScopeRequest,
  membership?: Membership,
): ResolvedScopes => resolveScopes(expander, request, membership)

function defaultRequest({ allowedScopes, issuer }: OAuthClientFacts): readonly string[] {
  return allowedScopes.includes('inherit') ? allowedScopes : [...new Set([...allowedScopes, ...alwaysGranted(issuer)])]
}
