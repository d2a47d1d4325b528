import type { EventEmitter } from 'node:events'
import type { Log } from '@hub/api/base'
import { Closer } from './closer.js'
import { createLogger } from './logger.js'
import { serviceManager } from './service-manager.js'

export interface DaemonContext {
  /** Aborted by the first SIGTERM or SIGINT, by `stop`, and by an error nobody handled. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Whatever is added is closed in reverse when the daemon ends. */
  readonly closer: Closer
  /** Called on SIGHUP. Without any, SIGHUP is left to its default, which ends the process. */
  onReload(reload: () => unknown): void
  /** Ends the daemon from inside, with this exit status. */
  readonly stop: (exitCode: number) => void
}

export interface RunDaemonOptions {
  readonly log?: Log
  /** Exit status after SIGTERM and SIGINT. Default 0. */
  readonly signalExitCode?: number
  /** The whole close; when it is over the daemon ends anyway. Default 15 s. */
  readonly closeDeadlineMs?: number
  /** What a signal is called in the log. Default `stopping on SIGTERM`. */
  readonly signalEvent?: (signal: NodeJS.Signals) => string
  /**
   * What a second signal does: end at once, wait for the close like the first, or call a function that makes the close
   * a short one. Default `exit`.
   */
  readonly secondSignal?: 'exit' | 'wait' | (() => void)
  /** For tests: where signals and unhandled errors come from. */
  readonly process?: EventEmitter
  /** For tests: where a service manager says how it is told. */
  readonly env?: Record<string, string | undefined>
  /** For tests: how a second signal ends the process. */
  readonly exit?: (code: number) => void
}

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const

/**
 * The life of a daemon: `main` starts everything and returns; then a signal, `stop` or an unhandled error ends it, and
 * what was started is closed in reverse. If `main` throws, that is logged and the status is 1. A second signal does
 * not wait for the close. systemd, if it has started us, is told when all is up, and fed while the event loop turns.
 *
 * @returns the exit status: `process.exit(await runDaemon(main))`
 */
export async function runDaemon(
  main: (context: DaemonContext) => Promise<void> | void,
  options: RunDaemonOptions = {},
): Promise<number> {
  const log = options.log ?? createLogger()
  const { signalExitCode = 0, closeDeadlineMs = 15_000 } = options
  const source: EventEmitter = options.process ?? process
  // The one place: a second signal must not wait for anything.
  const exit = options.exit ?? ((code: number) => process.exit(code))
  // eslint-disable-next-line no-restricted-properties -- these variables are removed, so that no child inherits them
  const manager = serviceManager(options.env ?? process.env, log)
  const abort = new AbortController()
  const closer = new Closer(log, closeDeadlineMs)
  const listeners: [event: string, listener: (...args: never[]) => void][] = []
  const on = (event: string, listener: (...args: never[]) => void): void => {
    // EventEmitter's own type takes `any[]`; each event here is paired with its listener by the lines below.
    source.on(event, listener as (...args: unknown[]) => void)
    listeners.push([event, listener])
  }

  let finish: (exitCode: number) => void = () => {}
  const ended = new Promise<number>((resolve) => (finish = resolve))
  const stop = (exitCode: number): void => {
    finish(exitCode)
    abort.abort()
  }

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    on(name, () => {
      if (abort.signal.aborted && options.secondSignal === 'wait') return
      if (abort.signal.aborted && typeof options.secondSignal === 'function') {
        options.secondSignal()
        return
      }
      if (abort.signal.aborted) {
        exit(128 + signalNumbers[name])
        return
      }
      log.warn(options.signalEvent?.(name) ?? `stopping on ${name}`)
      stop(signalExitCode)
    })
  }
  // A program in an unknown state is ended and started anew by whoever watches it, not outlived.
  on('uncaughtException', (error: Error) => {
    log.error('uncaught error, stopping', { error })
    stop(1)
  })
  on('unhandledRejection', (reason: unknown) => {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    log.error('a promise was rejected and nobody handled it, stopping', { error })
    stop(1)
  })

  const reloads: (() => unknown)[] = []
  const onReload = (reload: () => unknown): void => {
    if (reloads.push(reload) > 1) return
    on('SIGHUP', () => {
      for (const each of reloads) {
        Promise.resolve()
          .then(each)
          .catch((error: unknown) => log.error('reload failed; what was loaded before stays in use', { error }))
      }
    })
  }

  try {
    await main({ signal: abort.signal, log, closer, onReload, stop })
    if (!abort.signal.aborted) manager.ready()
  } catch (error) {
    if (!abort.signal.aborted) log.error('could not start', { error })
    stop(1)
  }
  const exitCode = await ended
  manager.stopping()
  await withDeadline(closer.close(), closeDeadlineMs, () => log.error('gave up waiting for the close'))
  for (const [event, listener] of listeners) source.off(event, listener as (...args: unknown[]) => void)
  return exitCode
}

async function withDeadline(work: Promise<unknown>, deadlineMs: number, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate()
      resolve()
    }, deadlineMs)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
