import { defineConfigurable, kind, trait } from '@hub/config'
import type { ServerActionRecord } from '../metrics/event-log.js'

/** Options of the metrics that are measured by the clock: `c.PeriodicMetricsCollector.…`. */
export const periodicMetricsCollector = defineConfigurable({
  name: 'PeriodicMetricsCollector',
  help: 'Metrics that are measured every so often, rather than when something happens.',
  aliases: ['jupyterhub.metrics.PeriodicMetricsCollector'],
  traits: {
    active_users_enabled: trait.bool({ default: true, help: 'Count the users that were active lately.' }),
    active_users_update_interval: trait.int({
      default: 3600,
      unit: 's',
      help: 'How often active users are counted, besides at the start.',
      validate: positive,
    }),
    event_loop_interval_enabled: trait.bool({ default: true, help: 'Measure how far the event loop lags behind.' }),
    event_loop_interval_resolution: trait.float({
      default: 0.05,
      unit: 's',
      help: 'How often the lag is measured; shorter lags are not seen.',
      validate: positive,
    }),
    event_loop_interval_log_threshold: trait.float({
      default: 1,
      unit: 's',
      help: 'A lag of this much is logged as a warning.',
    }),
  },
})

/** What server starts and stops are told to: a file to append lines of JSON to, `-` for standard output, or a function. */
export type EventHandler = string | ((record: ServerActionRecord) => unknown)

/** Options of the event log: `c.EventLogger.…`. */
export const eventLogger = defineConfigurable({
  name: 'EventLogger',
  help: 'A record of the starts and stops of servers, for auditors.',
  aliases: ['jupyter_events.logger.EventLogger', 'jupyter_events.EventLogger'],
  traits: {
    handlers: trait.list(kind.oneOf([kind.str, kind.callable<(record: ServerActionRecord) => unknown>()]), {
      default: [],
      help: 'Where events go: files that lines of JSON are appended to, "-" for standard output, functions. Empty: nowhere.',
    }),
  },
})

function positive(value: number): string | undefined {
  return value > 0 ? undefined : 'Give a number above 0.'
}

/** Options that Python's hub has for its HTTP client. */
export const hubHttpClient = defineConfigurable({
  name: 'JupyterHubHTTPClient',
  help: 'Accepted for configurations that set it, without effect: connections of the hub are kept and timed as they need to be.',
  aliases: ['jupyterhub.utils.JupyterHubHTTPClient'],
  traits: {
    session_options: trait.dict(kind.any(), { default: {}, help: 'Without effect.' }),
    connector_options: trait.dict(kind.any(), { default: {}, help: 'Without effect.' }),
  },
})
