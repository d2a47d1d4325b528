import type { PollResult } from './contract.js'

const INTERVAL_MS = 500
/** A start is over by then; the polls of the hub suffice afterwards. */
const WATCHED_MS = 120_000

/**
 * Polls often, for as long as a start may take, a server whose exit this process is not told.
 *
 * @returns how to stop looking
 */
export function whenGone(poll: () => Promise<PollResult>, callback: (result: PollResult) => void): () => void {
  const until = performance.now() + WATCHED_MS
  let wanted = true
  let timer: NodeJS.Timeout
  const look = async (): Promise<void> => {
    // Not known counts as running: what to make of it is for the hub's own polls.
    const result = await poll().catch((): PollResult => ({ status: 'running' }))
    if (!wanted) return
    if (result.status === 'exited') callback(result)
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
