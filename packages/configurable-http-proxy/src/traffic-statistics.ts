import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'
import type { Registry } from 'prom-client'

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
  /** From the head of a request to the end of its answer. */
  observeRequest(seconds: number): void
  /** A target that could not answer, or broke off. @param reason - a short code */
  countTargetError(reason: string): void
  /** A number that is asked for whenever the metrics are. */
  watch(gauge: WatchedGauge): void
  text(): Promise<string>
  /** For {@link mergeStatistics}, as JSON. */
  snapshot(): Promise<unknown[]>
}

export interface WatchedGauge {
  readonly name: string
  readonly help: string
  /** By the value of `label`, or under the empty string when there is none. */
  readonly read: () => Readonly<Record<string, number>>
  readonly label?: string
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
  observeRequest() {},
  countTargetError() {},
  watch() {},
  text: () => Promise.resolve(''),
  snapshot: () => Promise.resolve([]),
}

const percentiles = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Metrics of the proxy's own, besides those of the process. The reference page is made of this table. */
export const metricHelp = {
  api_route_get: 'Count of API route get requests',
  api_route_add: 'Count of API route add requests',
  api_route_delete: 'Count of API route delete requests',
  requests_web: 'Count of web requests',
  requests_ws: 'Count of websocket requests',
  requests_proxy: 'Count of proxied requests by status',
  requests_api: 'Count of API requests by status',
  find_target_for_req: 'Seconds to find the target of a request',
  last_activity_updating: 'Seconds to note activity',
  request_duration_seconds: 'Seconds from the head of a web request to the end of its answer',
  target_errors: 'Count of targets that could not answer or broke off, by reason',
  websockets_open: 'Open WebSockets',
  client_connections: 'Open connections of clients, WebSockets included',
  target_connections: 'Connections to targets, by whether a request is under way on them',
  routes: 'Routes in the table',
} as const

/** Loaded when metrics are asked for: few are, and every proxy would pay for it in memory. */
export async function prometheusStatistics(): Promise<TrafficStatistics> {
  return statisticsBy(await import('prom-client'))
}

/** The same, for a constructor, which cannot wait. */
export function prometheusStatisticsNow(): TrafficStatistics {
  // The module's own types are those of what is loaded.
  return statisticsBy(createRequire(import.meta.url)('prom-client') as typeof PromClient)
}

function statisticsBy(library: typeof PromClient): TrafficStatistics {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } = library
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const named = <Name extends keyof typeof metricHelp>(name: Name) => ({
    name,
    help: metricHelp[name],
    registers: [registry],
  })
  const apiRoutes = {
    get: new Counter(named('api_route_get')),
    add: new Counter(named('api_route_add')),
    delete: new Counter(named('api_route_delete')),
  }
  const requests = { web: new Counter(named('requests_web')), ws: new Counter(named('requests_ws')) }
  const proxied = new Counter({ ...named('requests_proxy'), labelNames: ['status'] })
  const api = new Counter({ ...named('requests_api'), labelNames: ['status'] })
  const find = new Summary({ ...named('find_target_for_req'), percentiles })
  const activity = new Summary({ ...named('last_activity_updating'), percentiles })
  const duration = new Histogram({ ...named('request_duration_seconds'), buckets })
  const targetErrors = new Counter({ ...named('target_errors'), labelNames: ['reason'] })
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
    observeRequest: (seconds) => {
      duration.observe(seconds)
    },
    countTargetError: (reason) => {
      // Codes only: what a library says in words may be different each time.
      targetErrors.inc({ reason: /^E?[A-Z_]{2,40}$/.test(reason) ? reason : 'other' })
    },
    watch: ({ name, help, read, label }) => {
      new Gauge({
        name,
        help,
        registers: [registry],
        ...(label === undefined ? {} : { labelNames: [label] }),
        collect() {
          for (const [value, number] of Object.entries(read())) {
            if (label === undefined) this.set(number)
            else this.set({ [label]: value }, number)
          }
        },
      })
    },
    text: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
  }
}

interface MetricSnapshot {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly SampleSnapshot[]
}

interface SampleSnapshot {
  readonly value: number
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
}

/** One text of the snapshots of several processes: counts are added up, quantiles weighed by their counts. */
export async function mergeStatistics(snapshots: readonly (readonly unknown[])[]): Promise<string> {
  const { AggregatorRegistry } = await import('prom-client')
  // What `snapshot` gave, of processes with the same program.
  const all = snapshots as readonly (readonly MetricSnapshot[])[]
  const isSummary = ({ type }: MetricSnapshot): boolean => type === 'summary'
  const merged: Registry = AggregatorRegistry.aggregate(all.map((each) => each.filter((metric) => !isSummary(metric))))
  const summaries = new Map<string, MetricSnapshot[]>()
  for (const metric of all.flat().filter(isSummary))
    summaries.set(metric.name, [...(summaries.get(metric.name) ?? []), metric])
  for (const each of summaries.values()) {
    const metric = mergeSummaries(each)
    // What `aggregate` makes of the others; its types do not know the shape.
    const wrapped = { ...metric, get: () => Promise.resolve(metric) } as unknown
    merged.registerMetric(wrapped as Parameters<Registry['registerMetric']>[0])
  }
  return await merged.metrics()
}

function mergeSummaries(metrics: readonly MetricSnapshot[]): MetricSnapshot {
  const weights = metrics.map(
    ({ values }) => values.find(({ metricName }) => metricName?.endsWith('_count') === true)?.value ?? 0,
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const samples = new Map<string, { sample: SampleSnapshot; value: number }>()
  for (const [index, { values }] of metrics.entries()) {
    for (const sample of values) {
      const id = `${sample.metricName ?? ''} ${JSON.stringify(sample.labels)}`
      const weight = 'quantile' in sample.labels ? (total === 0 ? 0 : (weights[index] ?? 0) / total) : 1
      const known = samples.get(id)?.value ?? 0
      samples.set(id, { sample, value: known + sample.value * weight })
    }
  }
  const [first] = metrics
  if (first === undefined) throw new Error('there is nothing to merge')
  return { ...first, values: Array.from(samples.values(), ({ sample, value }) => ({ ...sample, value })) }
}
