import type { Log } from '@hub/api'

export interface LoopLagDeps {
  /** Seconds between two looks. */
  readonly resolutionSeconds: number
  /** A lag of this much is logged. */
  readonly logThresholdSeconds: number
  readonly observe: (intervalSeconds: number) => void
  readonly log: Log
  /** Monotonic. */
  readonly nowMs: () => number
}

/** Measures how late the event loop comes to what is due, until the function returned is called. */
export function watchLoopLag(deps: LoopLagDeps): () => void {
  const { resolutionSeconds, logThresholdSeconds, observe, log, nowMs } = deps
  let before = nowMs()
  const timer = setInterval(() => {
    const now = nowMs()
    const interval = loopInterval((now - before) / 1_000, resolutionSeconds)
    before = now
    observe(interval)
    if (interval > logThresholdSeconds)
      log.warn('the event loop was unresponsive', { seconds: Number(interval.toFixed(3)) })
  }, resolutionSeconds * 1_000)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}

/** What is recorded of a tick: the resolution when nothing held it up, else the time that something did. */
export function loopInterval(tickSeconds: number, resolutionSeconds: number): number {
  return tickSeconds < 2 * resolutionSeconds ? resolutionSeconds : tickSeconds - resolutionSeconds
}
