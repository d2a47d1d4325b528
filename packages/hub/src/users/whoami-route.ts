import { type ServiceModel, whoami } from '@hub/api'
import { Permissions, union } from '../access/permissions.js'
import { identifyScopes, type Owner } from '../access/owner.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { identified, missingCredentials } from '../http/handle.js'
import { type Identified } from '../http/visitor.js'
import { type UserModelDeps, userModel } from './user-model.js'
import { findProfileById } from './user-profile-store.js'

export interface WhoamiDeps extends UserModelDeps {
  readonly serviceModel: (serviceId: number, permissions: Permissions) => Promise<ServiceModel>
}

/** Who is calling: what every server and service asks the hub about its visitors. */
export function whoamiRoute(deps: WhoamiDeps): ApiRoute {
  return route(whoami, async ({ query, exchange }) => {
    const visitor = identified(exchange)
    const token = visitor.credential.by === 'token' ? visitor.credential.token : undefined
    const shared = {
      token_id: token === undefined ? null : `a${token.id}`,
      session_id: token?.sessionId ?? null,
      scopes: [...visitor.permissions.toStrings()],
    }
    const permissions = withIdentity(visitor)
    if (visitor.kind === 'service') {
      return { status: 200, body: { ...(await deps.serviceModel(visitor.service.id, permissions)), ...shared } }
    }
    const profile = await findProfileById(deps.database.read, visitor.user.id)
    if (profile === undefined) throw missingCredentials()
    const includeStopped = query.include_stopped_servers ?? false
    const model = userModel(profile, { permissions, includeStopped }, deps)
    return { status: 200, body: { ...model, ...shared } }
  })
}

/** The last answer for these permissions, with whose it was: callers without scopes, or with the same ones, share theirs. */
const remembered = new WeakMap<Permissions, { readonly owner: Owner; readonly result: Permissions }>()

/** For this one answer, everybody may know who they are. */
function withIdentity(visitor: Identified): Permissions {
  const owner = ownerOf(visitor)
  const known = remembered.get(visitor.permissions)
  if (known?.owner.kind === owner.kind && known.owner.name === owner.name) return known.result
  const result = union(visitor.permissions, Permissions.parse(identifyScopes(owner)))
  remembered.set(visitor.permissions, { owner, result })
  return result
}

const ownerOf = (visitor: Identified): Owner =>
  visitor.kind === 'user' ? { kind: 'user', name: visitor.user.name } : { kind: 'service', name: visitor.service.name }
