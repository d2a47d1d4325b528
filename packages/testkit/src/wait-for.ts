import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  /** When to give up. */
  readonly deadlineMs?: number
  readonly intervalMs?: number
  /** What is waited for, for the error message. */
  readonly what?: string
}

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>

/**
 * Asks again and again until the answer is truthy, and returns it. A condition that throws counts as not met yet.
 *
 * @throws Error at the deadline, with the last thing the condition threw as its cause
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions = {}): Promise<Truthy<T>> {
  const { deadlineMs = 10_000, intervalMs = 25, what = 'the condition' } = options
  const deadline = performance.now() + deadlineMs
  let cause: unknown
  for (;;) {
    try {
      const answer = await condition()
      // Holds by the check itself; the compiler does not narrow a type parameter by truthiness.
      if (answer) return answer as Truthy<T>
    } catch (error) {
      cause = error
    }
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${deadlineMs} ms`, { cause })
    await delay(intervalMs)
  }
}

/** The promise's value, or an error after `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} took more than ${ms} ms`))
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
