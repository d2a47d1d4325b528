import type { Closer } from '@hub/daemon'
import { eventLogger, periodicMetricsCollector } from '../config/monitoring.js'
import { count } from '../database/rows.js'
import { healthPage } from '../http/health-page.js'
import type { PageRoute } from '../http/page.js'
import { countActiveUsers } from '../metrics/active-users.js'
import { cspReportPage } from '../metrics/csp-report.js'
import { EventLog } from '../metrics/event-log.js'
import { watchLoopLag } from '../metrics/event-loop-lag.js'
import { HubMetrics } from '../metrics/hub-metrics.js'
import { metricsPage } from '../metrics/metrics-page.js'
import type { Foundation } from './foundation.js'

/** What operators and auditors see of the hub. */
export interface Monitoring {
  readonly metrics: HubMetrics
  readonly pages: readonly PageRoute[]
  /** Begins what is measured by the clock; what it holds open goes into the closer. */
  start(closer: Closer): void
}

/** @param runningServers - how many servers are active now */
export function assembleMonitoring(foundation: Foundation, runningServers: () => number): Monitoring {
  const { settings, events, environment, database, clock, log: hubLog } = foundation
  const log = hubLog.child({ module: 'monitoring' })
  const periodic = settings.valuesOf(periodicMetricsCollector)
  const countUsers = (): Promise<number> => count(database.read, 'SELECT COUNT(*) FROM users')
  const metrics = new HubMetrics({ events, environment, runningServers, countUsers })
  const eventLog = new EventLog({ handlers: settings.valuesOf(eventLogger).handlers, events, log, now: clock.now })

  const countActive = (): void => {
    countActiveUsers(database.read, clock.now()).then(
      (counts) => {
        metrics.setActiveUsers(counts)
      },
      (error: unknown) => {
        log.error('active users could not be counted', { error })
      },
    )
  }

  return {
    metrics,
    pages: [
      healthPage,
      metricsPage({ metrics, isForHolders: settings.hub.authenticate_prometheus }),
      cspReportPage({ metrics, log }),
    ],
    start(closer) {
      closer.add('event log', () => eventLog.flush())
      if (periodic.active_users_enabled) {
        countActive()
        const timer = setInterval(countActive, periodic.active_users_update_interval * 1_000).unref()
        closer.add('count of active users', () => {
          clearInterval(timer)
        })
      }
      if (periodic.event_loop_interval_enabled) {
        const stop = watchLoopLag({
          resolutionSeconds: periodic.event_loop_interval_resolution,
          logThresholdSeconds: periodic.event_loop_interval_log_threshold,
          observe: (seconds) => {
            metrics.observeLoopInterval(seconds)
          },
          log,
          nowMs: () => performance.now(),
        })
        closer.add('event loop', stop)
      }
    },
  }
}
