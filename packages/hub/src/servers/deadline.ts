/**
 * Waits for `work`, but no longer than until `signal` is aborted: plug-ins are told to stop by the signal, and left
 * behind when they do not listen.
 *
 * @throws the signal's reason
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    throw signal.reason
  }
  let onAbort: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error) // whatever the owner of the signal wants to be thrown
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined)
  }
}

/** A signal that is aborted with `reason()` after `ms`, or with `parent`. Dispose of it when the wait is over. */
export function withDeadline(
  parent: AbortSignal,
  ms: number,
  reason: () => Error,
): { signal: AbortSignal; [Symbol.dispose]: () => void } {
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort(reason())
  }, ms)
  return {
    signal: AbortSignal.any([parent, deadline.signal]),
    [Symbol.dispose]: () => {
      clearTimeout(timer)
    },
  }
}
