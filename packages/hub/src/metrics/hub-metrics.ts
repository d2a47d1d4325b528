import type { EventEmitter } from 'node:events'
import type { HubEventMap, HubEvents } from '../events.js'
import {
  createFamilies,
  loginStatus,
  type MetricFamilies,
  type MetricSettings,
  type MetricSources,
  metricSettings,
  pollStatus,
} from './families.js'
import { addProcessMetrics } from './process-metrics.js'

export interface HubMetricsDeps extends MetricSources {
  readonly events: HubEvents
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface ObservedRequest {
  readonly method: string
  /** Name of what answered, see `handlerName`. */
  readonly handler: string
  readonly status: number
  readonly seconds: number
}

export type ActivePeriod = '24h' | '7d' | '30d'

/** More observations than this are not kept for later. */
const maxWaiting = 10_000

/**
 * What operators watch the hub by. The library behind it is loaded after the start, or when somebody first asks for
 * the metrics; until then observations wait.
 */
export class HubMetrics {
  readonly #settings: MetricSettings
  #waiting: ((families: MetricFamilies) => void)[] = []
  #families: MetricFamilies | undefined
  #opening: Promise<MetricFamilies> | undefined

  /** @throws ConfigProblem naming an environment variable that makes no sense */
  constructor(private readonly deps: HubMetricsDeps) {
    this.#settings = metricSettings(deps.environment)
    this.#follow(deps.events)
  }

  /** Loads the library behind it. */
  async open(): Promise<void> {
    await this.#open()
  }

  /** Everything observed, in Prometheus' text format. */
  async text(): Promise<string> {
    return (await this.#open()).registry.metrics()
  }

  observeRequest({ method, handler, status, seconds }: ObservedRequest): void {
    this.#note(({ requests }) => {
      requests.observe({ method, handler, code: status }, seconds)
    })
  }

  observeStartup(seconds: number): void {
    this.#note(({ hubStartup }) => {
      hubStartup.observe(seconds)
    })
  }

  /** The servers of an earlier hub have been found again, or given up. */
  observeResume(seconds: number): void {
    this.#note(({ initSpawners }) => {
      initSpawners.observe(seconds)
    })
  }

  observeLoopInterval(seconds: number): void {
    this.#note(({ eventLoopInterval }) => {
      eventLoopInterval.observe(seconds)
    })
  }

  countCspReport(): void {
    this.#note(({ cspReports }) => {
      cspReports.inc()
    })
  }

  setActiveUsers(counts: Readonly<Record<ActivePeriod, number>>): void {
    this.#note(({ activeUsers }) => {
      for (const [period, count] of Object.entries(counts)) activeUsers.set({ period }, count)
    })
  }

  #open(): Promise<MetricFamilies> {
    return (this.#opening ??= this.#load())
  }

  async #load(): Promise<MetricFamilies> {
    const families = await createFamilies(this.#settings, this.deps)
    await addProcessMetrics(families.registry)
    for (const observe of this.#waiting) observe(families)
    this.#waiting = []
    this.#families = families
    return families
  }

  #note(observe: (families: MetricFamilies) => void): void {
    if (this.#families !== undefined) observe(this.#families)
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(observe)
  }

  #follow(events: HubEvents): void {
    const on = <E extends keyof HubEventMap>(
      event: E,
      observe: (families: MetricFamilies, happened: HubEventMap[E][0]) => void,
    ): void => {
      const listener = (happened: HubEventMap[E][0]): void => {
        this.#note((families) => {
          observe(families, happened)
        })
      }
      // Each event has one argument, which the compiler does not see through the type parameter.
      ;(events as EventEmitter).on(event, listener)
    }
    const outcome = (succeeded: boolean) => ({ status: succeeded ? 'success' : 'failure' })
    on('serverStarted', ({ spawns }, { seconds }) => {
      spawns.observe({ status: 'success', reason: '' }, seconds)
    })
    on('spawnFailed', ({ spawns }, { status, reason, seconds }) => {
      spawns.observe({ status, reason }, seconds)
    })
    on('serverStopped', ({ serverStops }, { succeeded, exited, seconds }) => {
      if (!exited) serverStops.observe(outcome(succeeded), seconds)
    })
    on('serverPolled', ({ serverPolls }, { running, seconds }) => {
      serverPolls.observe({ status: running ? pollStatus.running : pollStatus.stopped }, seconds)
    })
    on('routeAdded', ({ proxyAdds }, { succeeded, seconds }) => {
      proxyAdds.observe(outcome(succeeded), seconds)
    })
    on('routeDeleted', ({ proxyDeletes }, { succeeded, seconds }) => {
      proxyDeletes.observe(outcome(succeeded), seconds)
    })
    on('routesChecked', ({ routeChecks }, { seconds }) => {
      routeChecks.observe(seconds)
    })
    on('routesRead', ({ proxyPolls }, { seconds }) => {
      proxyPolls.observe(seconds)
    })
    on('loggedIn', ({ logins }, { succeeded, seconds }) => {
      logins.observe({ status: succeeded ? loginStatus.success : loginStatus.failure }, seconds)
    })
    on('loggedOut', ({ logouts }, { seconds }) => {
      logouts.observe(seconds)
    })
  }
}
