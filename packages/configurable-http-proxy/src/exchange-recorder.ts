import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { onceClosed } from '@hub/forward'
import type { AccessLog } from './access-log.js'
import type { TrafficStatistics } from './traffic-statistics.js'

/** The client went away before it was answered. */
const clientGone = 499

/** Measures requests from their head to their end, for the access log and the metrics. */
export class ExchangeRecorder {
  #webSockets = 0

  constructor(
    private readonly statistics: TrafficStatistics,
    readonly accessLog: AccessLog | undefined,
  ) {}

  /** WebSockets that are open now. */
  get webSockets(): number {
    return this.#webSockets
  }

  web(request: IncomingMessage, response: ServerResponse): void {
    const { statistics, accessLog } = this
    if (!statistics.isOn && accessLog === undefined) return
    const { socket } = request
    const client = socket.remoteAddress
    const sentBefore = socket.bytesWritten
    const began = performance.now()
    const startedAt = new Date()
    onceClosed(response, () => {
      const durationMs = performance.now() - began
      statistics.observeRequest(durationMs / 1_000)
      accessLog?.write({
        ...{ request, client, startedAt, durationMs },
        status: response.headersSent ? response.statusCode : clientGone,
        sentBytes: socket.bytesWritten - sentBefore,
      })
    })
  }

  /** @returns to be told the status of the answer, 101 for a WebSocket that is open now */
  upgrade(request: IncomingMessage, socket: Socket): (status: number) => void {
    if (this.accessLog === undefined) return (status) => this.#countOnly(status, socket)
    const client = socket.remoteAddress
    const sentBefore = socket.bytesWritten
    const began = performance.now()
    const startedAt = new Date()
    let answered = clientGone
    socket.once('close', () => {
      if (answered === 101) this.#webSockets--
      this.accessLog?.write({
        ...{ request, client, startedAt, durationMs: performance.now() - began },
        status: answered,
        sentBytes: socket.bytesWritten - sentBefore,
      })
    })
    return (status) => {
      if (status === 101 && answered !== 101) this.#webSockets++
      answered = status
    }
  }

  /** Nothing of the handshake is kept: most WebSockets stay open for hours. */
  #countOnly(status: number, socket: Socket): void {
    if (status !== 101) return
    this.#webSockets++
    socket.once('close', this.#webSocketClosed)
  }

  readonly #webSocketClosed = (): void => {
    this.#webSockets--
  }
}
