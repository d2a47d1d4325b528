import type { ActivityRecorder } from '../activity/recorder.js'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import * as serverStore from '../servers/server-store.js'
import type { Servers } from '../servers/servers.js'
import type { ServerFacts, UserFacts } from './views/user-view.js'

export interface UserFactsDeps {
  readonly database: Database
  readonly servers: Pick<Servers, 'isReady' | 'pendingOf'>
  readonly activity: Pick<ActivityRecorder, 'latest'>
  readonly hasOptionsForm: boolean
}

/** What pages show of a user: groups and servers, in one query each. */
export async function loadUserFacts(
  user: { readonly id: number; readonly name: string; readonly admin: boolean },
  deps: UserFactsDeps,
): Promise<UserFacts> {
  const { read } = deps.database
  const [groups, records] = await Promise.all([
    groupStore.groupsOf(read, [user.id]),
    serverStore.listOfUsers(read, [user.id]),
  ])
  return {
    name: user.name,
    admin: user.admin,
    groups: groups.get(user.id) ?? [],
    servers: records.map((record) => serverFacts(record, deps)),
    hasOptionsForm: deps.hasOptionsForm,
  }
}

export function serverFacts(
  record: serverStore.ServerRecord,
  { servers, activity }: Pick<UserFactsDeps, 'servers' | 'activity'>,
): ServerFacts {
  return {
    name: record.name,
    displayName: record.displayName ?? record.name,
    ready: servers.isReady(record),
    pending: servers.pendingOf(record),
    startedAt: record.started,
    lastActivity: activity.latest('spawners', record.id, record.lastActivity),
    userOptions: record.userOptions,
  }
}
