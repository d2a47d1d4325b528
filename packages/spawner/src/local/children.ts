import type { CLibrary } from './c-library.js'
import type { Exit, OsProcess } from './os-process.js'

/**
 * The children that were started past Node, which therefore does not wait for them. The kernel tells that some child has
 * ended; which one is asked for, so that the cost does not grow with the number of children.
 */
export class Children {
  readonly #running = new Map<number, Child>()

  /** Listens from now on, so make it before the first start: an end that nobody heard is not told again. */
  constructor(private readonly c: CLibrary) {
    process.on('SIGCHLD', () => this.#collect())
  }

  /** May be called when the child has ended already: it stays a zombie until it is taken. */
  add(pid: number): Omit<OsProcess, 'channel'> {
    const child = new Child(pid)
    this.#running.set(pid, child)
    // Its end may have been told before it was known here.
    this.#take(child)
    return child
  }

  #collect(): void {
    for (;;) {
      const pid = this.c.endedChild()
      if (pid === undefined) return
      const child = this.#running.get(pid)
      // One of Node's own, which may stand before ours for good in a busy moment: then look at each.
      if (child === undefined) {
        this.#collectEach()
        return
      }
      this.#take(child)
    }
  }

  #collectEach(): void {
    for (const child of this.#running.values()) this.#take(child)
  }

  #take(child: Child): void {
    const code = this.c.takeExit(child.pid)
    if (code === undefined) return
    this.#running.delete(child.pid)
    child.ended({ code })
  }
}

class Child {
  #exit: Exit | undefined
  readonly #waiting: ((exit: Exit) => void)[] = []

  constructor(readonly pid: number) {}

  get exit(): Exit | undefined {
    return this.#exit
  }

  onExit(callback: (exit: Exit) => void): void {
    const exit = this.#exit
    if (exit === undefined) this.#waiting.push(callback)
    else queueMicrotask(() => callback(exit))
  }

  ended(exit: Exit): void {
    this.#exit = exit
    for (const callback of this.#waiting.splice(0)) callback(exit)
  }
}
