import { on } from 'node:events'
import type { ServerRecord } from './server-record.js'
import type { Servers } from './servers.js'

const KEEPALIVE_MS = 20_000

/** The ends of a hub's servers from now on. Empty events say that the stream is open, at its beginning and now and then. */
export async function* exitEvents(servers: Servers, hub: string, signal: AbortSignal): AsyncGenerator<object, void> {
  const quiet = new AbortController()
  const exits = on(servers.events, 'exited', { signal: AbortSignal.any([signal, quiet.signal]) })
  // The listener counts from here on, so nothing is missed after the first event.
  yield {}
  const next = async (): Promise<IteratorResult<[ServerRecord]>> =>
    exits.next() as Promise<IteratorResult<[ServerRecord]>>
  try {
    for (let waiting = next(); ;) {
      const result = await Promise.race([waiting, later(signal)])
      if (result === undefined) {
        yield {}
        continue
      }
      if (result.done === true) return
      const [{ facts }] = result.value
      waiting = next()
      if (facts.hub === hub) yield { id: facts.id }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    quiet.abort()
  }
}

function later(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, KEEPALIVE_MS, undefined)
    timer.unref()
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}
