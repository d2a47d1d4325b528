import { reportActivity } from '@hub/api'
import type { Database } from '../database/index.js'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { badRequest } from '../http/hub-error.js'
import { requireUser } from '../servers/find-server.js'
import * as serverStore from '../servers/server-store.js'
import type { ActivityRecorder } from './recorder.js'

export interface ActivityRouteDeps {
  readonly database: Database
  readonly activity: ActivityRecorder
  readonly now: () => Date
}

/** Clocks differ; more than this ahead of ours is a mistake that would keep a server from ever being idle. */
const furthestAheadMs = 59 * 60_000

/** Servers report when they, and so their users, were last active. */
export function activityRoute(deps: ActivityRouteDeps): ApiRoute {
  return route(reportActivity, async ({ params, body }) => {
    const user = await requireUser(deps.database, params.user)
    const reported = Object.entries(body.servers ?? {})
    const latest = deps.now().getTime() + furthestAheadMs
    for (const at of [body.last_activity, ...reported.map(([, server]) => server.last_activity)]) {
      if (at instanceof Date && at.getTime() > latest)
        throw badRequest('last_activity lies in the future.', 'activity_in_future')
    }
    // Everything is checked before anything is taken.
    const servers = reported.length === 0 ? [] : await serverStore.listOfUsers(deps.database.read, [user.id])
    const found = reported.map(([name, { last_activity: at }]) => {
      const record = servers.find((server) => server.name === name)
      if (record === undefined) throw badRequest(`No such server '${name}' for user ${user.name}`, 'unknown_server')
      return { id: record.id, at }
    })
    if (body.last_activity instanceof Date) deps.activity.report('users', user.id, body.last_activity)
    for (const { id, at } of found) deps.activity.report('spawners', id, at)
    return { status: 200 }
  })
}
