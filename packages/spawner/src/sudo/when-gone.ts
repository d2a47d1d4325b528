import type { PollResult } from '../contract.js'

const INTERVAL_MS = 500
/** A start is over by then; the polls of the hub suffice afterwards. */
const WATCHED_MS = 120_000

/**
 * Looks often, for as long as a start may take, whether a process that is no child of this one is gone.
 *
 * @returns how to stop looking
 */
export function whenGone(isAlive: () => Promise<boolean>, callback: (result: PollResult) => void): () => void {
  const until = performance.now() + WATCHED_MS
  let wanted = true
  let timer: NodeJS.Timeout
  const look = async (): Promise<void> => {
    const alive = await isAlive().catch(() => true)
    if (!wanted) return
    if (!alive) callback({ status: 'exited', code: null })
    else if (performance.now() < until) next()
  }
  const next = (): void => {
    timer = setTimeout(() => void look(), INTERVAL_MS)
    timer.unref()
  }
  next()
  return () => {
    wanted = false
    clearTimeout(timer)
  }
}
