import { assertScopesExist, parseScope, type ScopeTable, withFilter } from '@hub/api'
import type { ScopeExpander } from '../access/expand.js'
import type { Authorize, ScopeFilterValue } from '../http/authorize.js'
import { badRequest, HubError } from '../http/hub-error.js'
import type { Identified } from '../http/visitor.js'

/** The server that is shared, by name. */
export interface SharedServer {
  readonly ownerName: string
  /** Empty: the default server. */
  readonly serverName: string
}

/** What every scope of a share is restricted to. */
export const serverFilter = ({ ownerName, serverName }: SharedServer): ScopeFilterValue => ({
  kind: 'server',
  value: `${ownerName}/${serverName}`,
})

/**
 * The scopes of a share as they are stored: each restricted to the shared server.
 *
 * @param asked - none or an empty list asks for access to the server
 * @throws HubError 400 for scopes that do not exist, or that are for something else than this server
 */
export function requestedShareScopes(
  asked: readonly string[] | null | undefined,
  server: SharedServer,
  table: ScopeTable,
): readonly string[] {
  const scopes = asked === null || asked === undefined || asked.length === 0 ? ['access:servers'] : asked
  const filter = serverFilter(server)
  const elsewhere = scopes.filter((scope) => scope.includes('!') && scope !== withFilter(scope, filter))
  if (elsewhere.length > 0) {
    throw badRequest(
      `Scopes of a share are for the shared server only: leave the filter of ${elsewhere.join(', ')} out, ` +
        `or write !server=${filter.value}.`,
      'share_scope_elsewhere',
    )
  }
  const completed = restrictedTo(server, scopes)
  assertScopesExist(table, completed)
  return completed
}

/**
 * What is to be taken from a share, to be compared with it by the letter. Python's hub removes nothing for a scope without a
 * filter, which nobody means who names one.
 *
 * @throws UnknownScopeError 400
 */
export function revokedScopes(asked: readonly string[], server: SharedServer, table: ScopeTable): readonly string[] {
  const scopes = asked.map((scope) => (scope.includes('!') ? scope : withFilter(scope, serverFilter(server))))
  assertScopesExist(table, scopes)
  return scopes
}

/**
 * Scopes restricted to the server, whatever they were restricted to; sorted. What is stored may name the server as it
 * was called when it was shared, and another server may go by that name now.
 */
export const restrictedTo = (server: SharedServer, scopes: readonly string[]): readonly string[] =>
  [...new Set(scopes.map((scope) => withFilter(scope, serverFilter(server))))].sort()

/**
 * Refuses to let anybody pass on what they do not hold themselves, on this very server.
 *
 * @param scopes - of {@link requestedShareScopes}
 * @throws HubError 403 that names the excess
 */
export async function assertMayGrant(
  visitor: Identified,
  scopes: readonly string[],
  server: SharedServer,
  { expander, authorize }: { readonly expander: ScopeExpander; readonly authorize: Authorize },
): Promise<void> {
  // The implied ones too: a token may hold a scope without all that the scope implies.
  const granted = new Set([
    ...scopes.map((scope) => parseScope(scope)?.base ?? scope),
    ...expander.expand(scopes).permissions.byScope.keys(),
  ])
  const excess: string[] = []
  for (const scope of granted) {
    if ((await authorize(visitor, [scope], serverFilter(server), false)) !== 'granted') excess.push(scope)
  }
  if (excess.length === 0) return
  throw new HubError(
    'share_scopes_not_held',
    403,
    `You cannot share what you may not do yourself: ${excess.join(', ')} on ${serverFilter(server).value}.`,
  )
}
