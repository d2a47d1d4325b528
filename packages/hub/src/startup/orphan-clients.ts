import type { Foundation } from '../assemble/foundation.js'
import * as clientStore from '../oauth/client-store.js'

/** Removes OAuth clients that earlier hubs have left of servers and services that are gone; their tokens go with them. */
export async function removeOrphanClients({
  database,
  access,
  log,
}: Pick<Foundation, 'database' | 'access' | 'log'>): Promise<void> {
  const removed = await database.write((tx) => clientStore.removeOrphans(tx))
  if (removed.length === 0) return
  access.bump()
  log.info('removed OAuth clients of servers and services that are gone', { clients: removed.length })
}
