import type { ScopeExpander } from './expand.js'
import type { Membership } from './membership.js'
import { resolveScopes, type ResolvedScopes, type ScopeRequest } from './resolve.js'

export interface ServerTokenFacts {
  readonly user: string
  /** Empty for the default server. */
  readonly server: string
  /** The spawner option `server_token_scopes`, or what it returned. */
  readonly configured: readonly string[] | undefined
  /** Scopes of the role `server`, asked for when nothing is configured. */
  readonly serverRoleScopes: readonly string[]
  /** Raw scopes of the user's roles, own and of groups. */
  readonly userRoleScopes: Iterable<string>
}

/** Scopes by which a server reports that its user is active; one of them is enough. */
const ACTIVITY_SCOPES = ['users:activity', 'users:activity!user', 'inherit']

/** What the token of a server asks for, and of what it is taken. */
export function serverTokenRequest(facts: ServerTokenFacts): ScopeRequest {
  const { user, server, configured, serverRoleScopes, userRoleScopes } = facts
  const wanted = configured && configured.length > 0 ? configured : serverRoleScopes
  // The hub issues this token, not the server's own client, so a bare !server would stand for nothing later.
  const requested = new Set(wanted.map((scope) => scope.replace(/!server$/, () => `!server=${user}/${server}`)))
  if (!ACTIVITY_SCOPES.some((scope) => requested.has(scope))) requested.add('users:activity!user')
  return {
    requested,
    held: [...userRoleScopes, 'inherit'],
    owner: { kind: 'user', name: user },
    issuer: { kind: 'hub' },
  }
}

/** The raw scopes to store with the token that a server is started with. */
export const serverTokenScopes = (
  expander: ScopeExpander,
  facts: ServerTokenFacts,
  membership?: Membership,
): ResolvedScopes => resolveScopes(expander, serverTokenRequest(facts), membership)
