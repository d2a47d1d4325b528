/**
 * Makes one piece of work serve all who ask for it at about the same time. Who asks while it is under way gets the next round,
 * since this one may have passed by what they want to know.
 */
export function sharedRounds<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined
  let next: Promise<T> | undefined
  const begin = (): Promise<T> => {
    const round = work()
    current = round
    const over = (): void => {
      if (current === round) current = undefined
    }
    round.then(over, over)
    return round
  }
  const afterCurrent = (): Promise<T> => {
    next = undefined
    return begin()
  }
  return () => {
    if (current === undefined) return begin()
    next ??= current.then(afterCurrent, afterCurrent)
    return next
  }
}
