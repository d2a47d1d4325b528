/** Every code a {@link ConfigError} may carry, with what it tells. */
export const configErrorCodes = {
  config_usage: 'The command line cannot be understood: an unknown flag, or an option without its value.',
  config_stray_arguments: 'The command line holds words that are neither options nor their values.',
  config_file_missing: 'The configuration file named with -f does not exist.',
  config_file_failed: 'The configuration file raised an error while it was read.',
  config_file_form: 'The configuration file has a form that cannot be read or written.',
  config_unknown_option: 'A class has no option of that name.',
  config_unknown_class: 'There is no configurable class of that name.',
  config_wrong_type: 'An option was given a value it does not take.',
  config_not_portable: 'A Python configuration holds a value that only Python could use, such as a function.',
  config_class_not_found: 'An option names a class that cannot be found.',
  config_invalid: 'A value has the right type and is refused nevertheless.',
} as const

export type ConfigErrorCode = keyof typeof configErrorCodes

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  readonly code: ConfigErrorCode
  /** One line that names the place, the option, the value and what to do next. */
  readonly message: string
  /** The file it stands in; absent for the command line. */
  readonly file?: string
  /** `Class.trait`, or what stood in its place. */
  readonly option?: string
  /** The value as it may be shown; secrets are masked. */
  readonly value?: string
  /** The nearest right name. */
  readonly suggestion?: string
}

/** A configuration that cannot be used. Its message may be shown as it is; each line is one problem. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly code: ConfigErrorCode
  readonly file: string | undefined
  readonly option: string | undefined
  readonly value: string | undefined
  readonly suggestion: string | undefined

  constructor(
    /** All that was found wrong, in the order it was found. The error's own fields are those of the first. */
    readonly problems: readonly [ConfigProblem, ...ConfigProblem[]],
    options?: ErrorOptions,
  ) {
    super(problems.map((problem) => problem.message).join('\n'), options)
    const [first] = problems
    this.code = first.code
    this.file = first.file
    this.option = first.option
    this.value = first.value
    this.suggestion = first.suggestion
  }

  /** What the process should exit with: 2 (and a usage text) for a misused command line, 1 for everything else. */
  get exitCode(): 1 | 2 {
    return this.code === 'config_usage' ? 2 : 1
  }
}

export function configError(
  code: ConfigErrorCode,
  message: string,
  more: Partial<ConfigProblem> = {},
  cause?: unknown,
): ConfigError {
  return new ConfigError([{ ...more, code, message }], cause === undefined ? undefined : { cause })
}
