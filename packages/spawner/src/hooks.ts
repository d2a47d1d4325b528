import type { ReadyEvent } from './contract.js'
import type { Spawner } from './spawner.js'

/** The value of an option that may be a function of the spawner. */
export async function perServer<T extends string | readonly string[]>(
  option: T | ((spawner: Spawner) => T | Promise<T>),
  spawner: Spawner,
): Promise<T> {
  return typeof option === 'function' ? option(spawner) : option
}

/** A hook that fails or returns nothing leaves the event as it was: the server runs, whatever the page says. */
export async function progressReady(spawner: Spawner, event: ReadyEvent): Promise<ReadyEvent> {
  try {
    const replaced = await spawner.config.progress_ready_hook?.(spawner, { ...event })
    // The hook's contract: it returns an event, or nothing.
    return typeof replaced === 'object' && replaced !== null ? (replaced as ReadyEvent) : event
  } catch (error) {
    spawner.log.error('progress_ready_hook failed', { error })
    return event
  }
}
