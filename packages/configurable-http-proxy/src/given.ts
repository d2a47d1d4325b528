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

const highestPort = 65_535
/** Timers count to here. */
const mostMilliseconds = 2 ** 31 - 1

/** @returns undefined when the flag was not given */
export function portNumber(given: Given, name: string): number | undefined {
  return leadingNumber(given, name, { most: highestPort, what: 'a port' })
}

/** Zero, or what is no number at all, means the default here, as upstream has it. */
export function lenientPort(given: Given, name: string): number | undefined {
  if (Number.isNaN(Number.parseInt(given.get(name)?.at(-1) ?? '', 10))) return undefined
  return portNumber(given, name) || undefined
}

/** @returns undefined when the flag was not given */
export function milliseconds(given: Given, name: string): number | undefined {
  return leadingNumber(given, name, { most: mostMilliseconds, what: 'a number of milliseconds' })
}

/** Leading digits count, as people's scripts have it. */
function leadingNumber(given: Given, name: string, allowed: { most: number; what: string }): number | undefined {
  const text = given.get(name)?.at(-1)
  if (text === undefined) return undefined
  const value = Number.parseInt(text, 10)
  if (!(value >= 0 && value <= allowed.most))
    throw new UsageError(`--${name} must be ${allowed.what} from 0 to ${allowed.most}, not '${text}'`)
  return value
}
