import type { z } from 'zod'
import { HubError } from '../http/hub-error.js'

/** A value of the configuration that is of the right kind but makes no sense. */
export class ConfigProblem extends HubError {
  override readonly name = 'ConfigProblem'
  constructor(option: string, problem: string) {
    super('config_value_wrong', 500, `${option}: ${problem}`)
  }
}

/**
 * Reads a structured option.
 *
 * @param option - such as `JupyterHub.load_groups`
 * @throws {@link ConfigProblem} that names the place inside the option
 */
export function readOption<T extends z.ZodType>(schema: T, value: unknown, option: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue?.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('') ?? ''
  throw new ConfigProblem(`${option}${place}`, issue?.message ?? 'not as documented')
}
