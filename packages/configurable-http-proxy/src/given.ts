import { CodedError } from '@hub/api/base'

/** The command line cannot be understood. */
export class UsageError extends CodedError {
  override readonly name = 'UsageError'
  constructor(message: string) {
    super('usage', 400, `error: ${message}`)
  }
}

/** The values of the flags, as they were typed. */
export type Given = ReadonlyMap<string, readonly string[]>

export function chosen<Choice extends string>(
  given: Given,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = given.get(name)?.at(-1)
  if (text === undefined) return undefined
  const found = choices.find((choice) => choice === text.toLowerCase())
  if (found === undefined) throw new UsageError(`--${name} must be ${choices.join(' or ')}, not '${text}'`)
  return found
}

/** Flags of our own are strict. */
export function wholeNumber(given: Given, name: string, least: number): number | undefined {
  const text = given.get(name)?.at(-1)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least)
    throw new UsageError(`--${name} must be a whole number from ${least}, not '${text}'`)
  return value
}
