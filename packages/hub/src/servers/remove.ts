import type { AccessVersion } from '../access/access-version.js'
import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'

/** Forgets a stopped server for good: its spawner gives up what it kept, its row and shares go. */
export async function removeServer(
  record: serverStore.ServerRecord,
  {
    database,
    servers,
    access,
    activity,
  }: {
    readonly database: Database
    readonly servers: Servers
    readonly access: AccessVersion
    readonly activity: Pick<ActivityRecorder, 'forget'>
  },
): Promise<void> {
  const live = await servers.adopt(record)
  await live.spawner.deleteForever()
  await database.write((tx) => serverStore.remove(tx, record.id))
  // Its shares went with it; the next server of this name is none of their business.
  access.bump()
  activity.forget('spawners', [record.id])
  servers.forget(record.id)
}
