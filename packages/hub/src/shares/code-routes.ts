import {
  createShareCode,
  deleteShareCodes,
  listShareCodesOfOwner,
  listShareCodesOfServer,
  type PageInfo,
  parseShareCodeId,
  type ShareCodeModel,
} from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import type { Exchange } from '../http/exchange.js'
import { identified } from '../http/handle.js'
import { notFound } from '../http/hub-error.js'
import { pageInfo, pageWindow } from '../http/pagination.js'
import { requireUser } from '../servers/find-server.js'
import { generateShareCode, GENERATED_TOKEN_ROUNDS, hashToken } from '../tokens/token-hash.js'
import { requireServer, type ShareRoutesDeps } from './routes.js'
import * as codeStore from './share-code-store.js'
import { shareCodeModels } from './share-model.js'
import { assertMayGrant, requestedShareScopes } from './share-scopes.js'

/** The REST API of share codes. */
export function shareCodeRoutes(deps: ShareRoutesDeps): ApiRoute[] {
  const { database, now, urls } = deps

  const list = async (
    about: codeStore.ShareCodeQuery,
    query: { readonly offset?: number | undefined; readonly limit?: number | undefined },
    { facts }: Exchange,
  ): Promise<{ items: ShareCodeModel[]; _pagination: PageInfo }> => {
    const window = pageWindow(query, facts, deps.pages)
    const { codes, total } = await codeStore.listPage(database.read, about, { ...window, now: now() })
    return { items: await shareCodeModels(codes, deps), _pagination: pageInfo(window, total, facts) }
  }

  return [
    route(listShareCodesOfOwner, async ({ params, query, exchange }) => {
      const owner = await requireUser(database, params.owner)
      return { status: 200, body: await list({ ownerId: owner.id }, query, exchange) }
    }),

    route(listShareCodesOfServer, async ({ params, query, exchange }) => {
      const { id } = await requireServer(params, database)
      return { status: 200, body: await list({ spawnerId: id }, query, exchange) }
    }),

    route(createShareCode, async ({ params, body, exchange }) => {
      const server = { ownerName: params.owner, serverName: params.server }
      const scopes = requestedShareScopes(body.scopes, server, deps.expander.table)
      await assertMayGrant(identified(exchange), scopes, server, deps)
      const { id: spawnerId, userId: ownerId } = await requireServer(params, database)
      const code = generateShareCode()
      const secret = hashToken(code, { rounds: GENERATED_TOKEN_ROUNDS })
      const createdAt = now()
      const expiresAt = new Date(createdAt.getTime() + body.expires_in * 1_000)
      const id = await database.write((tx) =>
        codeStore.create(tx, { spawnerId, ownerId, secret, scopes, createdAt, expiresAt }),
      )
      const fresh = { ...server, id, spawnerId, scopes, createdAt, expiresAt, exchangeCount: 0, lastExchangedAt: null }
      const [model] = await shareCodeModels([fresh], deps)
      if (model === undefined) throw new Error('one share code gives one model')
      const acceptUrl = `${urls.hubPrefix}accept-share?code=${encodeURIComponent(code)}`
      return {
        status: 200,
        body: {
          ...model,
          code,
          accept_url: acceptUrl,
          full_accept_url: urls.publicOrigin === '' ? null : `${urls.publicOrigin}${acceptUrl}`,
        },
      }
    }),

    route(deleteShareCodes, async ({ params, query }) => {
      const { id: spawnerId } = await requireServer(params, database)
      // An argument that is there and empty is a mistake; it must not delete all.
      if (query.code === undefined && query.id === undefined) {
        await database.write((tx) => codeStore.removeOfServer(tx, spawnerId))
        return { status: 204 }
      }
      const id =
        query.code === undefined
          ? parseShareCodeId(query.id ?? '')
          : (await codeStore.findByCode(database.read, query.code, now()))?.id
      const isRemoved = id !== undefined && (await database.write((tx) => codeStore.removeOne(tx, spawnerId, id)))
      if (!isRemoved) throw notFound()
      return { status: 204 }
    }),
  ]
}
