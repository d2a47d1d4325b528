import type { ListedServer, ProxyRoute, ServiceModel } from '@hub/api'

export type RouteKind = 'hub' | 'server' | 'service' | 'extra'

export interface CheckedRoute {
  readonly spec: string
  readonly kind: RouteKind
  readonly target: string
  /** Whose it is: `ada/`, `ada/lab`, the name of a service. */
  readonly owner: string
  /** `ok`; `left`: nothing runs behind it; `missing`: something runs without it; `passing`: its server is on the way. */
  readonly state: 'ok' | 'left' | 'missing' | 'passing'
}

interface Present {
  readonly routes: Readonly<Record<string, ProxyRoute>>
  /** Servers that run or are about to. */
  readonly servers: readonly ListedServer[]
  readonly services: readonly ServiceModel[]
}

const rank = { missing: 0, left: 1, passing: 2, ok: 3 } as const

/** The routes in the proxy against what runs; what does not fit comes first. */
export function checkRoutes({ routes, servers, services }: Present): CheckedRoute[] {
  const byServer = new Map(servers.map((server) => [server.full_name, server]))
  const byService = new Map(services.map((service) => [service.name ?? '', service]))
  const routed = new Set<string>()
  const checked: CheckedRoute[] = Object.entries(routes).map(([spec, { target, data }]) => {
    if (typeof data['user'] === 'string') {
      const owner = `${data['user']}/${text(data['server_name'])}`
      routed.add(`server:${owner}`)
      const server = byServer.get(owner)
      const state = server === undefined ? 'left' : server.pending === null ? 'ok' : 'passing'
      return { spec, kind: 'server', target, owner, state }
    }
    if (typeof data['service'] === 'string') {
      routed.add(`service:${data['service']}`)
      return {
        spec,
        kind: 'service',
        target,
        owner: data['service'],
        state: byService.has(data['service']) ? 'ok' : 'left',
      }
    }
    return { spec, kind: data['hub'] === true ? 'hub' : 'extra', target, owner: '', state: 'ok' }
  })
  for (const server of servers) {
    if (!server.ready || routed.has(`server:${server.full_name}`)) continue
    checked.push({ spec: server.url, kind: 'server', target: '', owner: server.full_name, state: 'missing' })
  }
  for (const { name = '', url = '', prefix = '' } of services) {
    if (url === '' || routed.has(`service:${name}`)) continue
    checked.push({ spec: prefix, kind: 'service', target: url, owner: name, state: 'missing' })
  }
  return checked.sort((a, b) => rank[a.state] - rank[b.state] || a.spec.localeCompare(b.spec))
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
