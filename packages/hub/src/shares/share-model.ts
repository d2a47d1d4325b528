import { formatTimestamp, type ShareCodeModel, type SharedServerModel, type ShareModel } from '@hub/api'
import type { Database } from '../database/index.js'
import { type HubUrls, publicServerUrl, serverUrl } from '../hub-urls.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import type { ShareCode } from './share-code-store.js'
import type { SharedServer } from './share-scopes.js'
import type { Share } from './share-store.js'

export interface ShareModelDeps {
  readonly database: Database
  readonly servers: Pick<Servers, 'isReady'>
  readonly urls: HubUrls
}

/** Shares as the REST API shows them. */
export async function shareModels(shares: readonly Share[], deps: ShareModelDeps): Promise<ShareModel[]> {
  const ready = await readyAmong(shares, deps)
  return shares.map((share) => {
    const { kind, name } = share.recipient
    return {
      server: serverModel(share, ready.has(share.spawnerId), deps.urls),
      scopes: [...share.scopes],
      user: kind === 'user' ? { name } : null,
      group: kind === 'group' ? { name } : null,
      kind,
      created_at: formatTimestamp(share.createdAt),
    }
  })
}

export async function shareModel(share: Share, deps: ShareModelDeps): Promise<ShareModel> {
  const [model] = await shareModels([share], deps)
  if (model === undefined) throw new Error('one share gives one model')
  return model
}

/** Share codes as the REST API shows them; the code itself is not known any more. */
export async function shareCodeModels(codes: readonly ShareCode[], deps: ShareModelDeps): Promise<ShareCodeModel[]> {
  const ready = await readyAmong(codes, deps)
  return codes.map((code) => ({
    server: serverModel(code, ready.has(code.spawnerId), deps.urls),
    scopes: [...code.scopes],
    id: `sc_${code.id}`,
    created_at: formatTimestamp(code.createdAt),
    expires_at: code.expiresAt === null ? null : formatTimestamp(code.expiresAt),
    exchange_count: code.exchangeCount,
    last_exchanged_at: code.lastExchangedAt === null ? null : formatTimestamp(code.lastExchangedAt),
  }))
}

function serverModel({ ownerName, serverName }: SharedServer, ready: boolean, urls: HubUrls): SharedServerModel {
  return {
    user: { name: ownerName },
    name: serverName,
    url: serverUrl(urls, ownerName, serverName),
    full_url: publicServerUrl(urls, ownerName, serverName) || null,
    ready,
  }
}

/** Ids of those of the shared servers that are ready. */
async function readyAmong(
  shared: readonly { readonly spawnerId: number }[],
  { database, servers }: ShareModelDeps,
): Promise<ReadonlySet<number>> {
  const ids = [...new Set(shared.map(({ spawnerId }) => spawnerId))]
  const records = ids.length === 0 ? [] : await serverStore.findByIds(database.read, ids)
  return new Set(records.filter((record) => servers.isReady(record)).map(({ id }) => id))
}
