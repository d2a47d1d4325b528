import { getAnnouncements, setAnnouncements } from '@hub/api'
import { type ApiRoute, route } from '../http/api-dispatch.js'
import { actorOf } from '../servers/routes.js'
import type { Announcements } from './announcements.js'

/** The REST API of announcements. */
export function announcementRoutes(announcements: Announcements): ApiRoute[] {
  return [
    route(getAnnouncements, async () => ({ status: 200, body: await announcements.read() })),
    route(setAnnouncements, async ({ body, exchange }) => ({
      status: 200,
      body: await announcements.change(body, actorOf(exchange)),
    })),
  ]
}
