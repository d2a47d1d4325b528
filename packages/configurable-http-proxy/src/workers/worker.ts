import { CodedError } from '@hub/api/base'
import type { Logger } from '@hub/daemon'
import type { ProxyOptions } from '../options.js'
import { openPublicSide, type PublicSide } from '../public-side.js'
import type { RouteStore } from '../route-store.js'
import { isPlugin, memoryStoreOf, storeOf } from '../stores/open-store.js'
import { noStatistics, prometheusStatistics } from '../traffic-statistics.js'
import type { FromWorker, ToWorker } from './messages.js'

/** Activity is told this often, besides with each answer. */
const activityEveryMs = 250

/**
 * The life of one worker: it serves the public port by a copy of the table that the first process keeps up to date, and
 * ends when that process says so. Without that process it ends at once: nobody could change its routes any more.
 *
 * @returns the exit status
 */
export async function runWorker(options: ProxyOptions, log: Logger): Promise<number> {
  // Signals to the whole group, from a terminal or a supervisor, are the first process's to act on.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const memory = isPlugin(options) ? undefined : memoryStoreOf(options, true)
  const store: RouteStore = memory ?? storeOf(options, log)
  const statistics = options.metrics === undefined ? noStatistics : await prometheusStatistics()
  let publicSide: PublicSide | undefined
  let ended: (status: number) => void = () => {}
  const status = new Promise<number>((resolve) => (ended = resolve))
  const takeActivity = () => memory?.takeActivity() ?? []
  const timer = setInterval(() => {
    const activity = takeActivity()
    if (activity.length > 0) tell({ kind: 'activity', activity })
  }, activityEveryMs)

  const obey = async (order: ToWorker): Promise<void> => {
    switch (order.kind) {
      case 'serve':
        for (const [key, data, at] of order.table ?? []) memory?.add(key, data, at)
        publicSide = await openPublicSide({ options, routes: store, statistics, log })
        tell({ kind: 'serving', address: publicSide.address })
        return
      case 'set':
        memory?.add(...order.route)
        tell({ kind: 'done', n: order.n, activity: [] })
        return
      case 'unset':
        memory?.remove(order.key)
        tell({ kind: 'done', n: order.n, activity: [] })
        return
      case 'ask': {
        const metrics = order.what === 'metrics' ? { metrics: await statistics.snapshot() } : {}
        tell({ kind: 'done', n: order.n, activity: takeActivity(), ...metrics })
        return
      }
      case 'reload': {
        const error = await publicSide?.reload().then(
          () => undefined,
          (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
        )
        tell({ kind: 'done', n: order.n, activity: [], ...(error === undefined ? {} : { error }) })
        return
      }
      case 'stop':
        await publicSide?.close()
        clearInterval(timer)
        tell({ kind: 'activity', activity: takeActivity() }, () => ended(0))
        return
      case 'cut':
        publicSide?.cut()
    }
  }
  process.on('message', (order: ToWorker) => {
    obey(order).catch((error: unknown) => {
      if (!(error instanceof CodedError)) log.error('a worker failed', { error })
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }, () => ended(1))
    })
  })
  tell({ kind: 'ready' })
  return await status
}

function tell(message: FromWorker, told: () => void = () => {}): void {
  // Without a channel there is nobody left to tell, and node ends a worker then.
  if (process.connected) process.send?.(message, undefined, {}, told)
  else told()
}
