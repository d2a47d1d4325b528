import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits for `work`, but answers `pending` after `seconds`; the work goes on.
 *
 * @throws what the work throws within that time
 */
export async function within(seconds: number, work: Promise<unknown>): Promise<'done' | 'pending'> {
  const waited = new AbortController()
  try {
    return await Promise.race([
      work.then(() => 'done' as const),
      delay(seconds * 1_000, 'pending' as const, { signal: waited.signal }),
    ])
  } finally {
    waited.abort()
    work.catch(() => undefined)
  }
}
