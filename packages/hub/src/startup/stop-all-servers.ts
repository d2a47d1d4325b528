import type { Foundation } from '../assemble/foundation.js'
import type { HubParts } from '../assemble/parts.js'
import { hubIsEnding } from '../servers/stop.js'
import * as serverStore from '../servers/server-store.js'

/** Stops the servers of all users at once, each by its spawner's own ladder; one that cannot be stopped is logged. */
export async function stopAllServers({ database, log }: Foundation, { serving }: HubParts): Promise<void> {
  const records = await serverStore.listUnfinished(database.read)
  if (records.length === 0) return
  log.info('Cleaning up single-user servers...', { servers: records.length })
  await Promise.all(
    records.map(async (record) => {
      try {
        await (
          await serving.servers.stop(record, { actor: 'hub', reason: hubIsEnding })
        ).done
      } catch (error) {
        log.error('a server could not be stopped', { user: record.userName, server: record.name, error })
      }
    }),
  )
}
