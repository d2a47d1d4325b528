import type { Log } from '@hub/api/base'
import type { ProxyOptions } from '../options.js'
import { createProxy, type Proxy } from '../proxy.js'
import type { OpenPublicSide } from '../public-side.js'
import { storeOf } from '../stores/open-store.js'
import { PluginRouteStore } from '../stores/plugin-route-store.js'
import { mergeStatistics } from '../traffic-statistics.js'
import { TableOfWorkers } from './table-of-workers.js'
import { WorkerError, WorkerPool } from './worker-pool.js'

/**
 * A proxy whose public port is served by several processes. This one has the table, the API and the metrics; the workers
 * have copies of the table, and tell what they have seen.
 */
export function createProxyWithWorkers(options: ProxyOptions, log: Log): Proxy {
  const store = storeOf(options, log)
  const memory = store instanceof PluginRouteStore ? undefined : store.memory
  const pool = new WorkerPool({
    count: options.workers,
    table: () =>
      memory && Array.from(memory.rows(), ([key, { data, lastActivity }]) => [key, data, lastActivity] as const),
    onActivity: (activity) => memory?.noteActivity(activity),
    log,
  })
  const openPublic: OpenPublicSide = async () => ({
    address: await pool.start().catch(async (error: unknown) => {
      await pool.stop(0)
      throw error
    }),
    reload: async () => {
      const failed = (await pool.ask({ kind: 'reload' })).find(({ error }) => error !== undefined)
      if (failed?.error !== undefined) throw new WorkerError('worker_failed', 500, failed.error)
    },
    close: () => pool.stop(options.drainMs + 2_000),
    cut: () => pool.tell({ kind: 'cut' }),
  })
  return createProxy(options, log, {
    routes: store instanceof PluginRouteStore ? store : new TableOfWorkers(store, pool),
    openPublic,
    metricsText: async (own) => {
      const answers = await pool.ask({ kind: 'ask', what: 'metrics' })
      return await mergeStatistics([
        await own.snapshot(),
        ...answers.flatMap(({ metrics }) => (metrics ? [metrics] : [])),
      ])
    },
  })
}
