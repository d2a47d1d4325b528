import type { PageInfo, ShareModel } from '@hub/api'
import type { Exchange } from '../http/exchange.js'
import { pageInfo, type PageLimits, pageWindow } from '../http/pagination.js'
import { shareModels, type ShareModelDeps } from './share-model.js'
import * as shareStore from './share-store.js'

export interface ListSharesDeps extends ShareModelDeps {
  readonly now: () => Date
  readonly pages: PageLimits
}

/** One page of shares, as asked for. Listings of shares come in the envelope whether the client asks for it or not. */
export async function listShares(
  about: shareStore.ShareQuery,
  query: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  { facts }: Exchange,
  deps: ListSharesDeps,
): Promise<{ items: ShareModel[]; _pagination: PageInfo }> {
  const window = pageWindow(query, facts, deps.pages)
  const { shares, total } = await shareStore.listPage(deps.database.read, about, { ...window, now: deps.now() })
  return { items: await shareModels(shares, deps), _pagination: pageInfo(window, total, facts) }
}
