import { z } from 'zod'

/** The REST API stands below this path of the proxy's API listener. */
export const proxyRoutesPath = '/api/routes'

/**
 * What a caller sends to add or replace a route. All keys besides `target` are kept and given back verbatim.
 * The target is `http:`, `https:` or `http+unix:`; it is not validated here, as upstream does not.
 */
export const addProxyRouteBody = z.looseObject({ target: z.string() })

/** One route as the proxy lists it. */
export const routeEntry = z.looseObject({
  target: z.string(),
  /** ISO 8601, UTC, milliseconds. Moved by traffic of users, not by errors or silent WebSockets. */
  last_activity: z.string().optional(),
  /** Set on the routes JupyterHub adds; those without belong to somebody else. */
  jupyterhub: z.boolean().optional(),
})

/** The answer to `GET /api/routes`: decoded path → route. */
export const routeTable = z.record(z.string(), routeEntry)

export type AddProxyRouteBody = z.infer<typeof addProxyRouteBody>
export type RouteEntry = z.infer<typeof routeEntry>
export type RouteTable = z.infer<typeof routeTable>

/** Every request of the API, for the reference pages and for a client in another language. */
export const proxyEndpoints = [
  {
    method: 'GET',
    path: '/api/routes',
    answers: { 200: 'the table', 400: 'unusable inactiveSince', 403: 'wrong token' },
  },
  {
    method: 'GET',
    path: '/api/routes/{route}',
    answers: { 200: 'the route', 403: 'wrong token', 404: 'no such route' },
  },
  {
    method: 'POST',
    path: '/api/routes/{route}',
    answers: { 201: 'added or replaced', 400: 'unusable body', 403: 'wrong token' },
  },
  {
    method: 'DELETE',
    path: '/api/routes/{route}',
    answers: { 204: 'removed', 403: 'wrong token', 404: 'no such route' },
  },
] as const
