import type { ExchangeObserver, ForwardError } from '@hub/forward'
import { noteActivity } from './note-activity.js'
import type { RouteMatch } from './route-store.js'
import type { TrafficStatistics } from './traffic-statistics.js'

/** Whom to tell what became of a handshake. */
export interface HandshakeEnd {
  readonly answered: (status: number) => void
  readonly refuse: (error: ForwardError) => void
}

/** Notes activity of one WebSocket. It lives as long, so it keeps nothing of the handshake once that is over. */
export class UpgradeObserver implements ExchangeObserver {
  #end: HandshakeEnd | undefined

  constructor(
    private readonly statistics: TrafficStatistics,
    private readonly match: RouteMatch,
    end: HandshakeEnd,
  ) {
    this.#end = end
  }

  clientActive(): void {
    noteActivity(this.match, this.statistics)
  }

  answered(status: number): void {
    this.#end?.answered(status)
    this.#end = undefined
  }

  failed(error: ForwardError): void {
    this.statistics.countTargetError(error.reason)
    this.#end?.refuse(error)
  }

  finished(): void {}

  cut(): void {}
}
