import {
  getSharedWithGroup,
  getSharedWithUser,
  leaveSharedWithGroup,
  leaveSharedWithUser,
  listSharedWithGroup,
  listSharedWithUser,
  type ShareModel,
} from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import * as groupStore from '../groups/group-store.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { notFound } from '../http/hub-error.js'
import * as userStore from '../users/user-store.js'
import { listShares, type ListSharesDeps } from './list-shares.js'
import { shareModel } from './share-model.js'
import * as shareStore from './share-store.js'

export interface RecipientRoutesDeps extends ListSharesDeps {
  readonly access: AccessVersion
}

interface SharedServerParams {
  readonly owner: string
  readonly server: string
}

/** The REST API of what is shared with a user or group. */
export function recipientRoutes(deps: RecipientRoutesDeps): ApiRoute[] {
  const { database, access, now } = deps

  const userId = async (name: string): Promise<number> => idOf(await userStore.findByName(database.read, name))
  const groupId = async (name: string): Promise<number> => idOf(await groupStore.findByName(database.read, name))

  const find = async (recipient: shareStore.Recipient, params: SharedServerParams): Promise<shareStore.Share> => {
    const server = { ownerName: params.owner, serverName: params.server }
    const share = await shareStore.findByServerName(database.read, server, recipient, now())
    if (share === undefined) throw notFound()
    return share
  }

  const show = async (recipient: shareStore.Recipient, params: SharedServerParams): Promise<ShareModel> =>
    shareModel(await find(recipient, params), deps)

  const leave = async (recipient: shareStore.Recipient, params: SharedServerParams): Promise<void> => {
    const share = await find(recipient, params)
    await database.write((tx) => shareStore.remove(tx, share.id))
    access.bump()
  }

  return [
    route(listSharedWithUser, async ({ params, query, exchange }) => {
      const withUserId = await userId(params.user)
      return { status: 200, body: await listShares({ withUserId }, query, exchange, deps) }
    }),
    route(getSharedWithUser, async ({ params }) => ({
      status: 200,
      body: await show({ userId: await userId(params.user) }, params),
    })),
    route(leaveSharedWithUser, async ({ params }) => {
      await leave({ userId: await userId(params.user) }, params)
      return { status: 204 }
    }),

    route(listSharedWithGroup, async ({ params, query, exchange }) => {
      const withGroupId = await groupId(params.group)
      return { status: 200, body: await listShares({ withGroupId }, query, exchange, deps) }
    }),
    route(getSharedWithGroup, async ({ params }) => ({
      status: 200,
      body: await show({ groupId: await groupId(params.group) }, params),
    })),
    route(leaveSharedWithGroup, async ({ params }) => {
      await leave({ groupId: await groupId(params.group) }, params)
      return { status: 204 }
    }),
  ]
}

/** @throws HubError 404 */
function idOf(found: { readonly id: number } | undefined): number {
  if (found === undefined) throw notFound()
  return found.id
}
