import { inspect } from 'node:util'

/** What is printed in place of a secret. */
export const MASK = '***'

/** Holds a value that must not be printed by accident: every way of turning it into text gives {@link MASK}. */
export class Secret<T extends string | Uint8Array = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself; keep the result out of logs, errors and URLs. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}
