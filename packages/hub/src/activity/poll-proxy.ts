import type { Foundation } from '../assemble/foundation.js'
import type { HubProxy } from '../proxy/hub-proxy.js'
import * as serverStore from '../servers/server-store.js'

/**
 * Takes over when servers were last used, as the proxy has seen it, and brings its routes in order.
 * A server of its own accord reports more exactly; whichever is later counts.
 */
export async function pollActivity(
  { database, activity, settings, clock, log }: Foundation,
  proxy: Pick<HubProxy, 'routes' | 'checkRoutes'>,
  signal: AbortSignal,
): Promise<void> {
  const routes = await proxy.routes(signal)
  const records = new Map(
    (await serverStore.listUnfinished(database.read)).map((record) => [`${record.userName}/${record.name}`, record]),
  )
  const recent = clock.now().getTime() - settings.hub.active_user_window * 1_000
  let active = 0
  for (const { user, server_name: server, last_activity: seen } of routes.values()) {
    if (typeof user !== 'string' || typeof server !== 'string' || typeof seen !== 'string') continue
    const record = records.get(`${user}/${server}`)
    const at = new Date(seen)
    if (record === undefined || Number.isNaN(at.getTime())) continue
    if (at.getTime() > recent) active++
    activity.report('spawners', record.id, at)
    activity.report('users', record.userId, at)
  }
  log.debug('activity of servers, as the proxy has seen it', { servers: routes.size, active })
  await proxy.checkRoutes(signal)
}
