import { setTimeout as sleep } from 'node:timers/promises'
import type { HelperApiClient } from '@hub/api/helper-client'

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
/** The helper says something at least every 20 s; a connection that says nothing for this long is dead. */
const SILENCE_MS = 60_000

/** Hears from one helper of the ends of its servers: one stream for all servers there, while anybody listens. */
export class ExitFeed {
  readonly #listeners = new Map<string, Set<() => void>>()
  #stop: AbortController | undefined

  constructor(private readonly client: () => Promise<HelperApiClient>) {}

  /** @returns how to stop listening */
  listen(id: string, callback: () => void): () => void {
    const own = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, own.add(callback))
    if (this.#stop === undefined) {
      const stop = (this.#stop = new AbortController())
      void this.#run(stop.signal)
    }
    return () => {
      own.delete(callback)
      if (own.size === 0 && this.#listeners.get(id) === own) this.#listeners.delete(id)
      this.#stopIfIdle()
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        await this.#hear(signal, () => (waitMs = FIRST_RETRY_MS))
      } catch {
        // Whether servers run cannot be known now. They are polled as well, and that is where it is told.
      }
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #hear(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new Error('the helper says nothing any more')), SILENCE_MS)
    timer.unref()
    try {
      const client = await this.client()
      const both = AbortSignal.any([signal, silence.signal])
      const onSign = (): void => {
        timer.refresh()
        onOpen()
        void this.#compare(client, both)
      }
      for await (const id of client.exits({ signal: both, onOpen: onSign })) this.#tell(id)
    } finally {
      clearTimeout(timer)
    }
  }

  /** What ended while nobody listened is not told by the stream. */
  async #compare(client: HelperApiClient, signal: AbortSignal): Promise<void> {
    const asked = [...this.#listeners.keys()]
    const servers = await client.servers({ signal }).catch(() => undefined)
    if (servers === undefined) return
    const living = new Set(servers.filter(({ phase }) => phase !== 'exited').map(({ id }) => id))
    for (const id of asked) if (!living.has(id)) this.#tell(id)
  }

  #tell(id: string): void {
    const told = this.#listeners.get(id)
    this.#listeners.delete(id)
    for (const callback of told ?? []) callback()
    this.#stopIfIdle()
  }

  #stopIfIdle(): void {
    if (this.#listeners.size > 0) return
    this.#stop?.abort()
    this.#stop = undefined
  }
}
