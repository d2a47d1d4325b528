import type { Route } from './route-check.js'

/** The route of a user's server. `jupyterhub` marks routes that a hub may remove again. */
export function visibleRoute(userName: string, serverName: string, spec: string, target: string): Route {
  return { spec, target, data: { jupyterhub: true, user: userName, server_name: serverName } }
}

/** The hub's own route. */
export const hubRoute = (spec: string, target: string): Route => ({
  spec,
  target,
  data: { jupyterhub: true, hub: true },
})

/** The route of a service with a URL. */
export const serviceRoute = (name: string, spec: string, target: string): Route => ({
  spec,
  target,
  data: { jupyterhub: true, service: name },
})

/** A route from `Proxy.extra_routes`. */
export const extraRoute = (spec: string, target: string): Route => ({
  spec,
  target,
  data: { jupyterhub: true, extra: true },
})
