import { type ServiceModel, whoami } from '@hub/api'
import { Permissions, PermissionsBuilder } from '../access/permissions.js'
import { identifyScopes } from '../access/owner.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { identified, missingCredentials } from '../http/handle.js'
import { type Identified } from '../http/visitor.js'
import { type UserModelDeps, userModels } from './user-model.js'
import * as userStore from './user-store.js'

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
    const user = await userStore.findById(deps.database.read, visitor.user.id)
    if (user === undefined) throw missingCredentials()
    const [model = {}] = await userModels(
      [user],
      { permissions, includeStopped: query.include_stopped_servers ?? false },
      deps,
    )
    return { status: 200, body: { ...model, ...shared } }
  })
}

/** For this one answer, everybody may know who they are. */
function withIdentity(visitor: Identified): Permissions {
  const owner =
    visitor.kind === 'user'
      ? ({ kind: 'user', name: visitor.user.name } as const)
      : ({ kind: 'service', name: visitor.service.name } as const)
  const builder = new PermissionsBuilder()
  builder.addAll(visitor.permissions)
  builder.addAll(Permissions.parse(identifyScopes(owner)))
  return builder.build()
}
