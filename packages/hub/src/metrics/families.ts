import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ConfigProblem } from '../startup/config-problem.js'

const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const spawnBuckets = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600]
const loopBuckets = [0.05, 0.055, 0.06, 0.065, 0.07, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** The 17 families of metrics, under names and labels that existing dashboards look for. */
export interface MetricFamilies {
  readonly registry: Registry
  readonly requests: Histogram<'method' | 'handler' | 'code'>
  readonly spawns: Histogram<'status' | 'reason'>
  readonly runningServers: Gauge
  readonly totalUsers: Gauge
  readonly activeUsers: Gauge<'period'>
  readonly routeChecks: Histogram
  readonly hubStartup: Histogram
  readonly initSpawners: Histogram
  readonly proxyPolls: Histogram
  readonly logins: Histogram<'status'>
  readonly logouts: Histogram
  readonly cspReports: Counter
  readonly proxyAdds: Histogram<'status'>
  readonly serverPolls: Histogram<'status'>
  readonly serverStops: Histogram<'status'>
  readonly proxyDeletes: Histogram<'status'>
  readonly eventLoopInterval: Histogram
}

export interface MetricSettings {
  readonly prefix: string
  readonly spawnBuckets: readonly number[]
  readonly stopBuckets: readonly number[]
}

export interface MetricSources {
  /** Servers that are active now. */
  readonly runningServers: () => number
  /** Users there are now. */
  readonly countUsers: () => Promise<number>
}

/** What the environment says about names and buckets. @throws ConfigProblem naming the variable */
export function metricSettings(environment: Readonly<Record<string, string | undefined>>): MetricSettings {
  const buckets = (variable: string, otherwise: readonly number[]): readonly number[] => {
    const text = environment[variable]
    return text === undefined || text.trim() === '' ? otherwise : parseBuckets(variable, text)
  }
  return {
    prefix: environment['JUPYTERHUB_METRICS_PREFIX'] ?? 'jupyterhub',
    spawnBuckets: buckets('JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS_BUCKETS', spawnBuckets),
    stopBuckets: buckets('JUPYTERHUB_SERVER_STOP_DURATION_SECONDS_BUCKETS', defaultBuckets),
  }
}

function parseBuckets(variable: string, text: string): readonly number[] {
  const bounds = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => !/^\+?inf(inity)?$/i.test(word)) // the last bucket is always there
    .map((word) => (word === '' ? NaN : Number(word)))
  if (bounds.length === 0 || bounds.some((bound) => Number.isNaN(bound)))
    throw new ConfigProblem(variable, `must be numbers of seconds with commas between them, such as 1,10,60,inf`)
  return bounds.sort((a, b) => a - b)
}

/** Makes the families. Their library takes a while to load, which is why it is loaded here and not at the top. */
export async function createFamilies(settings: MetricSettings, sources: MetricSources): Promise<MetricFamilies> {
  const { Counter, Gauge, Histogram, Registry } = (await import('prom-client')).default
  const registry = new Registry()
  const histogram = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    buckets: readonly number[] = defaultBuckets,
  ): Histogram<Label> =>
    new Histogram({
      name: `${settings.prefix}_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [registry],
    })
  const gauge = { registers: [registry] }
  const families: MetricFamilies = {
    registry,
    requests: histogram('request_duration_seconds', 'Request duration for all HTTP requests', [
      'method',
      'handler',
      'code',
    ]),
    spawns: histogram(
      'server_spawn_duration_seconds',
      'Time from the request for a server until it answered',
      ['status', 'reason'],
      settings.spawnBuckets,
    ),
    runningServers: new Gauge({
      ...gauge,
      name: `${settings.prefix}_running_servers`,
      help: 'Active servers of users',
      collect() {
        this.set(sources.runningServers())
      },
    }),
    totalUsers: new Gauge({
      ...gauge,
      name: `${settings.prefix}_total_users`,
      help: 'Users that the hub knows',
      async collect() {
        // Without the database, the last count stands: the other metrics are wanted then most of all.
        const count = await sources.countUsers().catch(() => undefined)
        if (count !== undefined) this.set(count)
      },
    }),
    activeUsers: new Gauge({
      ...gauge,
      name: `${settings.prefix}_active_users`,
      help: 'Users that were active in the period',
      labelNames: ['period'],
    }),
    routeChecks: histogram('check_routes_duration_seconds', 'Time to check the routes in the proxy'),
    hubStartup: histogram('hub_startup_duration_seconds', 'Time the hub took to start'),
    initSpawners: histogram('init_spawners_duration_seconds', 'Time to find the servers of an earlier hub again'),
    proxyPolls: histogram('proxy_poll_duration_seconds', 'Time to read the routing table of the proxy'),
    logins: histogram('login_duration_seconds', 'Time to log somebody in', ['status']),
    logouts: histogram('logout_duration_seconds', 'Time to log somebody out'),
    cspReports: new Counter({
      ...gauge,
      name: `${settings.prefix}_csp_reports_total`,
      help: 'Reports of violated Content-Security-Policy',
    }),
    proxyAdds: histogram('proxy_add_duration_seconds', 'Time to add the route of a server', ['status']),
    serverPolls: histogram('server_poll_duration_seconds', 'Time to ask whether a server runs', ['status']),
    serverStops: histogram('server_stop_seconds', 'Time to stop a server', ['status'], settings.stopBuckets),
    proxyDeletes: histogram('proxy_delete_duration_seconds', 'Time to remove the route of a server', ['status']),
    eventLoopInterval: histogram(
      'event_loop_interval_seconds',
      'Time between two turns of the event loop that were to come right after each other',
      [],
      loopBuckets,
    ),
  }
  beginAtZero(families)
  return families
}

/** Series that exist before anything has happened, so that a first failure shows as a rise. */
function beginAtZero({ spawns, proxyAdds, proxyDeletes, serverStops, serverPolls, activeUsers }: MetricFamilies): void {
  for (const status of ['success', 'failure', 'error']) spawns.zero({ status, reason: '' })
  for (const reason of ['throttled', 'too-many-users', 'already-pending']) spawns.zero({ status: 'failure', reason })
  for (const family of [proxyAdds, proxyDeletes, serverStops])
    for (const status of ['success', 'failure']) family.zero({ status })
  for (const status of Object.values(pollStatus)) serverPolls.zero({ status })
  for (const period of ['24h', '7d', '30d']) activeUsers.set({ period }, 0)
}

// Dashboards match the names that these two labels have always had upstream, where the others are plain words.
export const pollStatus = { running: 'ServerPollStatus.running', stopped: 'ServerPollStatus.stopped' } as const
export const loginStatus = { success: 'LoginStatus.success', failure: 'LoginStatus.failure' } as const
