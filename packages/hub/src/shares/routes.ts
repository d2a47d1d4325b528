import {
  deleteSharesOfServer,
  grantShare,
  listSharesOfOwner,
  listSharesOfServer,
  revokeShare,
  type ShareModel,
} from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import type { ScopeExpander } from '../access/expand.js'
import type { Database, Sql } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Authorize } from '../http/authorize.js'
import { identified } from '../http/handle.js'
import { badRequest, HubError, notFound } from '../http/hub-error.js'
import type { PageLimits } from '../http/pagination.js'
import type { Identified } from '../http/visitor.js'
import { findServer, requireUser } from '../servers/find-server.js'
import type { ServerRecord } from '../servers/server-store.js'
import * as userStore from '../users/user-store.js'
import { listShares } from './list-shares.js'
import { assertMayGrant, requestedShareScopes, revokedScopes } from './share-scopes.js'
import { shareModel, type ShareModelDeps } from './share-model.js'
import * as shareStore from './share-store.js'

export interface ShareRoutesDeps extends ShareModelDeps {
  readonly database: Database
  readonly access: AccessVersion
  readonly expander: ScopeExpander
  readonly authorize: Authorize
  readonly now: () => Date
  readonly pages: PageLimits
}

/** The REST API of who a server is shared with. */
export function shareRoutes(deps: ShareRoutesDeps): ApiRoute[] {
  const { database, access, now } = deps
  return [
    route(listSharesOfOwner, async ({ params, query, exchange }) => {
      const owner = await requireUser(database, params.owner)
      return { status: 200, body: await listShares({ ownerId: owner.id }, query, exchange, deps) }
    }),

    route(listSharesOfServer, async ({ params, query, exchange }) => {
      const { id } = await requireServer(params, database)
      return { status: 200, body: await listShares({ spawnerId: id }, query, exchange, deps) }
    }),

    route(grantShare, async ({ params, body, exchange }) => {
      const visitor = identified(exchange)
      const server = { ownerName: params.owner, serverName: params.server }
      const scopes = requestedShareScopes(body.scopes, server, deps.expander.table)
      const record = await requireServer(params, database)
      await assertMayGrant(visitor, scopes, server, deps)
      await assertMayName(visitor, body, deps)
      const share = await database.write(async (tx) => {
        const recipient = await findRecipient(tx, body)
        if (recipient === undefined)
          throw badRequest(`No such ${namedIn(body).kind}: ${namedIn(body).name}`, 'share_recipient_unknown')
        if (!(await shareStore.lockSharesOf(tx, record.id))) throw notFound()
        return shareStore.grant(tx, {
          spawnerId: record.id,
          ownerId: record.userId,
          recipient,
          scopes,
          now: now(),
        })
      })
      access.bump()
      return { status: 200, body: await shareModel(share, deps) }
    }),

    route(revokeShare, async ({ params, body }) => {
      const server = { ownerName: params.owner, serverName: params.server }
      const all = body.scopes === null || body.scopes === undefined || body.scopes.length === 0
      const scopes = all ? undefined : new Set(revokedScopes(body.scopes ?? [], server, deps.expander.table))
      const record = await requireServer(params, database)
      const left = await database.write(async (tx) => {
        const recipient = await findRecipient(tx, body)
        if (recipient === undefined || !(await shareStore.lockSharesOf(tx, record.id))) return undefined
        const share = await shareStore.find(tx, record.id, recipient, now())
        return share && withoutScopes(tx, share, scopes)
      })
      access.bump()
      const nothing: Record<string, never> = {}
      return { status: 200, body: left === undefined ? nothing : await shareModel(left, deps) }
    }),

    route(deleteSharesOfServer, async ({ params }) => {
      const { id } = await requireServer(params, database)
      await database.write((tx) => shareStore.removeOfServer(tx, id))
      access.bump()
      return { status: 204 }
    }),
  ]
}

/** @throws HubError 404 */
export async function requireServer(
  { owner, server }: { readonly owner: string; readonly server: string },
  database: Database,
): Promise<ServerRecord> {
  const user = await userStore.findByName(database.read, owner)
  const record = user === undefined ? undefined : await findServer(database, user, server)
  if (record === undefined) throw notFound(`No such server: ${owner}/${server}`)
  return record
}

/** Takes scopes of a share back; undefined takes all. @returns what is left of the share */
async function withoutScopes(
  tx: Sql,
  share: shareStore.Share,
  scopes: ReadonlySet<string> | undefined,
): Promise<shareStore.Share | undefined> {
  const left = scopes === undefined ? [] : share.scopes.filter((scope) => !scopes.has(scope))
  if (left.length === 0) {
    await shareStore.remove(tx, share.id)
    return undefined
  }
  await shareStore.setScopes(tx, share.id, left)
  return { ...share, scopes: left }
}

/** With whom a request wants to share; its contract sees to it that it names exactly one. */
interface NamedRecipient {
  readonly user?: string | null | undefined
  readonly group?: string | null | undefined
}

const namedIn = ({ user, group }: NamedRecipient): ShareModel['user'] & { readonly kind: 'user' | 'group' } =>
  typeof user === 'string' ? { kind: 'user', name: user } : { kind: 'group', name: group ?? '' }

/** Shares must not be a way to find out who there is. @throws HubError 403 */
async function assertMayName(visitor: Identified, body: NamedRecipient, { authorize }: ShareRoutesDeps): Promise<void> {
  const { kind, name } = namedIn(body)
  const scope = kind === 'user' ? 'read:users:name' : 'read:groups:name'
  if ((await authorize(visitor, [scope], { kind, value: name }, false)) === 'granted') return
  throw new HubError(
    'share_recipient_hidden',
    403,
    `Need scope ${scope} to share with ${kind} ${name}. A share code works without.`,
  )
}

async function findRecipient(sql: Sql, body: NamedRecipient): Promise<shareStore.Recipient | undefined> {
  const { kind, name } = namedIn(body)
  if (kind === 'user') {
    const user = await userStore.findByName(sql, name)
    return user && { userId: user.id }
  }
  const group = await groupStore.findByName(sql, name)
  return group && { groupId: group.id }
}
