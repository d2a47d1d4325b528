import { formatTimestamp, type TokenModel } from '@hub/api'
import type { Owner } from '../access/owner.js'
import type { Permissions } from '../access/permissions.js'
import type { PermissionsResolver } from '../access/permissions-resolver.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import * as clientStore from '../oauth/client-store.js'
import type { ApiToken } from './token-store.js'

export interface TokenModelDeps {
  readonly database: Database
  readonly activity: Pick<ActivityRecorder, 'latest'>
  readonly resolver: PermissionsResolver
}

/** A token as the REST API shows it: what it may do right now, not what it once asked for. */
export async function tokenModel(
  token: ApiToken,
  owner: Owner,
  held: Permissions,
  deps: TokenModelDeps,
): Promise<TokenModel> {
  const client =
    token.clientId === null ? undefined : await clientStore.findByIdentifier(deps.database.read, token.clientId)
  const permissions = await deps.resolver.ofToken(token, owner, held)
  const time = (at: Date | null): string | null => (at === null ? null : formatTimestamp(at))
  return {
    ...(owner.kind === 'user' ? { user: owner.name } : { service: owner.name }),
    id: `a${token.id}`,
    kind: 'api_token',
    roles: [],
    scopes: [...permissions.toStrings()],
    created: time(token.created) ?? '',
    last_activity: time(deps.activity.latest('api_tokens', token.id, token.lastActivity)),
    expires_at: time(token.expiresAt),
    note: token.note,
    session_id: token.sessionId,
    oauth_client: client === undefined ? (token.clientId ?? '') : client.description || client.identifier,
  }
}
