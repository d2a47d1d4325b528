let lastTurn: Promise<void> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that no other caller has. A fork holds the loop for a millisecond or two; fifty starts
 * at once would hold it for a tenth of a second, and every request with it.
 */
export function ownTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)))
  return lastTurn
}
