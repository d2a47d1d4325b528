import type { Database } from '../database/index.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'

/** Forgets a stopped server for good: its spawner gives up what it kept, its row and shares go. */
export async function removeServer(
  record: serverStore.ServerRecord,
  { database, servers }: { readonly database: Database; readonly servers: Servers },
): Promise<void> {
  const live = await servers.adopt(record)
  await live.spawner.deleteForever()
  await database.write((tx) => serverStore.remove(tx, record.id))
  servers.forget(record.id)
}
