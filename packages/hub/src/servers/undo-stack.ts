import type { Log } from '@hub/api'

/** What has been taken so far, and how to give each piece back: in reverse, all of it, even if one part fails. */
export class UndoStack {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<unknown> }[] = []

  constructor(private readonly log: Log) {}

  /** @param what - for the log: what could not be given back */
  push(what: string, undo: () => Promise<unknown>): void {
    this.#steps.push({ what, undo })
  }

  async undoAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo()
      } catch (error) {
        this.log.error('could not undo a part of a failed start', { part: step.what, error })
      }
    }
  }
}
