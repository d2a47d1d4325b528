/** What is counted of the proxy's traffic; a no-op unless somebody asks for metrics. */
export interface TrafficStatistics {
  /** False when nobody asks: then nothing needs to be measured either. */
  readonly isOn: boolean
  readonly contentType: string
  countApiRoute(what: 'get' | 'add' | 'delete'): void
  countRequest(kind: 'web' | 'ws'): void
  /** An answer of a target, or of the proxy itself. */
  countProxied(status: number): void
  countApi(status: number): void
  observeFind(seconds: number): void
  observeActivity(seconds: number): void
  text(): Promise<string>
}

export const noStatistics: TrafficStatistics = {
  isOn: false,
  contentType: 'text/plain',
  countApiRoute() {},
  countRequest() {},
  countProxied() {},
  countApi() {},
  observeFind() {},
  observeActivity() {},
  text: () => Promise.resolve(''),
}

const percentiles = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]

/** Loaded when metrics are asked for: few are, and every proxy would pay for it in memory. */
export async function prometheusStatistics(): Promise<TrafficStatistics> {
  const { collectDefaultMetrics, Counter, Registry, Summary } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const apiRoutes = {
    get: new Counter({ name: 'api_route_get', help: 'Count of API route get requests', registers }),
    add: new Counter({ name: 'api_route_add', help: 'Count of API route add requests', registers }),
    delete: new Counter({ name: 'api_route_delete', help: 'Count of API route delete requests', registers }),
  }
  const requests = {
    web: new Counter({ name: 'requests_web', help: 'Count of web requests', registers }),
    ws: new Counter({ name: 'requests_ws', help: 'Count of websocket requests', registers }),
  }
  const proxied = new Counter({
    name: 'requests_proxy',
    help: 'Count of proxied requests by status',
    labelNames: ['status'],
    registers,
  })
  const api = new Counter({
    name: 'requests_api',
    help: 'Count of API requests by status',
    labelNames: ['status'],
    registers,
  })
  const find = new Summary({
    name: 'find_target_for_req',
    help: 'Seconds to find the target of a request',
    percentiles,
    registers,
  })
  const activity = new Summary({
    name: 'last_activity_updating',
    help: 'Seconds to note activity',
    percentiles,
    registers,
  })
  return {
    isOn: true,
    contentType: registry.contentType,
    countApiRoute: (what) => {
      apiRoutes[what].inc()
    },
    countRequest: (kind) => {
      requests[kind].inc()
    },
    countProxied: (status) => {
      proxied.inc({ status })
    },
    countApi: (status) => {
      api.inc({ status })
    },
    observeFind: (seconds) => {
      find.observe(seconds)
    },
    observeActivity: (seconds) => {
      activity.observe(seconds)
    },
    text: () => registry.metrics(),
  }
}
