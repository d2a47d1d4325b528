/** Resolves as the promise does, or rejects as soon as the signal is aborted. */
export async function orAborted(promise: Promise<void> | void, signal: AbortSignal): Promise<void> {
  let cancel = (): void => undefined
  const cancelled = new Promise<never>((_resolve, reject) => {
    // Whatever it was aborted with is what the caller is to see.
    cancel = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  try {
    // Also of a signal that is aborted already: the race takes care of what the promise may reject with later.
    await Promise.race([promise, cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
