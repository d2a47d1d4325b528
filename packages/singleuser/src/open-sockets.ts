import type { Socket } from 'node:net'
import type { Log } from '@hub/api/base'
import type { Credential, Doorkeeper } from './visit.js'

/** WebSockets last long; whoever is let in once is asked for again as often as with requests. */
export class OpenSockets {
  readonly #open = new Map<Socket, Credential>()
  readonly #timer: NodeJS.Timeout

  constructor(
    private readonly doorkeeper: Doorkeeper,
    intervalMs: number,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => void this.#check(), intervalMs)
    this.#timer.unref()
  }

  add(socket: Socket, credential: Credential): void {
    this.#open.set(socket, credential)
    socket.once('close', () => this.#open.delete(socket))
  }

  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#open.keys()) socket.destroy()
  }

  async #check(): Promise<void> {
    await Promise.all(
      [...this.#open].map(async ([socket, credential]) => {
        // A hub that does not answer tells nothing about the visitor.
        const isWelcome = await this.doorkeeper.isStillWelcome(credential).catch(() => true)
        if (isWelcome) return
        this.log.info('a WebSocket was closed: its visitor is no longer logged in')
        socket.destroy()
      }),
    )
  }
}
