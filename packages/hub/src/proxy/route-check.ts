import type { JsonObject } from '@hub/api'

/** A route as the hub wants it or the proxy has it; `spec` is percent-encoded and ends in `/`. */
export interface Route {
  readonly spec: string
  readonly target: string
  readonly data: JsonObject
}

export interface WantedRoutes {
  readonly routes: ReadonlyMap<string, Route>
  /** Routes of servers on their way up: neither added nor removed by a check, their start sees to them. */
  readonly inTransit: ReadonlySet<string>
}

export interface RouteChanges {
  readonly add: readonly Route[]
  readonly remove: readonly string[]
}

/** What has to be done so that the proxy's table says what the hub wants. */
export function routeChanges(
  wanted: WantedRoutes,
  actual: ReadonlyMap<string, { readonly target: string }>,
): RouteChanges {
  const add = [...wanted.routes.values()].filter((route) => {
    const present = actual.get(route.spec)
    return present === undefined || !sameTarget(present.target, route.target)
  })
  const remove = [...actual.keys()].filter((spec) => !wanted.routes.has(spec) && !wanted.inTransit.has(spec))
  return { add, remove }
}

function sameTarget(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '')
}
