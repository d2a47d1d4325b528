import type { JsonObject, Log } from '@hub/api'
import type { PollResult } from '@hub/spawner'
import type { HubEvents } from '../events.js'
import type { LiveServer } from './live-servers.js'

export interface WatchDeps {
  readonly events: HubEvents
  readonly log: Log
  readonly random: () => number
  /** Called once, when a watched server's process is gone. */
  readonly onExit: (live: LiveServer, exitCode: number | null) => Promise<void>
  /** Called when it cannot be known whether a server still runs, and when it can be known again. */
  readonly onUncertain: (live: LiveServer, uncertain: boolean) => Promise<void>
}

const perPollMs = 30_000

/** Looks after running servers: polls them, or is told by their spawner, and says when one has ended. */
export class ServerWatch {
  constructor(private readonly deps: WatchDeps) {}

  /** @param uncertain - whether it is not known at the moment that the server runs: the next poll says so */
  begin(live: LiveServer, state: JsonObject, uncertain = false): void {
    live.stopWatching?.()
    const watching = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const ended = (code: number | null): void => {
      if (watching.signal.aborted) return
      watching.abort()
      clearTimeout(timer)
      live.stopWatching = undefined
      this.deps.log.warn(`User ${live.userName} server stopped, with exit code: ${code ?? 'unknown'}`, {
        server: live.serverName,
      })
      this.deps.onExit(live, code).catch((error: unknown) => {
        this.deps.log.error('could not clean up after a server that ended', {
          user: live.userName,
          server: live.serverName,
          error,
        })
      })
    }
    const stopListening = live.spawner.onExit?.(state, (result) => {
      if (result.status === 'exited') ended(result.code)
    })
    const pollLater = (): void => {
      const { poll_interval: seconds, poll_jitter: jitter } = live.spawner.config
      if (seconds <= 0) return
      // Spread, so that servers started together are not polled together for ever.
      timer = setTimeout(poll, seconds * 1_000 * (1 + jitter * (this.deps.random() - 0.5)))
      timer.unref()
    }
    const look = async (): Promise<void> => {
      const result = await this.#poll(live, state, watching.signal, 'by the clock')
      if (watching.signal.aborted) return
      if (result?.status === 'exited') {
        ended(result.code)
        return
      }
      const nowUncertain = result === undefined
      if (nowUncertain === uncertain) return
      await this.deps.onUncertain(live, nowUncertain)
      uncertain = nowUncertain
    }
    const poll = (): void => {
      look()
        .catch((error: unknown) => {
          this.deps.log.error('could not note what a poll has told; it is tried again', { user: live.userName, error })
        })
        .finally(() => {
          if (!watching.signal.aborted) pollLater()
        })
    }
    live.stopWatching = () => {
      watching.abort()
      clearTimeout(timer)
      stopListening?.()
      live.stopWatching = undefined
    }
    pollLater()
  }

  /** @returns undefined when the spawner cannot tell: a server is never taken for stopped because of an error */
  pollOnce(live: LiveServer, state: JsonObject, signal: AbortSignal): Promise<PollResult | undefined> {
    return this.#poll(live, state, signal, 'for a request')
  }

  async #poll(
    live: LiveServer,
    state: JsonObject,
    signal: AbortSignal,
    why: 'for a request' | 'by the clock',
  ): Promise<PollResult | undefined> {
    const startedAt = performance.now()
    try {
      const result = await live.spawner.poll(state, AbortSignal.any([signal, AbortSignal.timeout(perPollMs)]))
      const running = result.status === 'running'
      // The metric is about requests that wait for a poll, and about servers that are found dead.
      if (!running || why === 'for a request') {
        this.deps.events.emit('serverPolled', { running, seconds: (performance.now() - startedAt) / 1_000 })
      }
      return result
    } catch (error) {
      if (!signal.aborted) {
        this.deps.log.error('could not find out whether a server runs', {
          user: live.userName,
          server: live.serverName,
          error,
        })
      }
      return undefined
    }
  }
}
