/** A stream of a server's process. */
export type Redirection =
  | { readonly to: 'inherit' }
  /** Not said: the log of the server, which the hub passes on to its own output. */
  | { readonly to: 'log' }
  | { readonly to: 'ignore' }
  /** Only for stderr. */
  | { readonly to: 'stdout' }
  /** Appended to; made if absent. */
  | { readonly to: 'file'; readonly path: string }

/** What `popen_kwargs` may change about the start of a process. */
export interface PopenOptions {
  readonly cwd: string | undefined
  readonly shell: boolean
  readonly newSession: boolean
  readonly stdin: Redirection
  readonly stdout: Redirection
  readonly stderr: Redirection
}

const ACCEPTED = ['cwd', 'shell', 'start_new_session', 'stdin', 'stdout', 'stderr']
/** Keys of Python's Popen that hold here anyway, whatever they say. */
const ALWAYS_SO = new Set(['env', 'close_fds', 'preexec_fn', 'pass_fds', 'restore_signals'])

/** Python's names for streams are numbers, which is what remains of them when a Python configuration is read. */
const [PYTHON_STDOUT, PYTHON_DEVNULL] = [-2, -3]

/**
 * Reads the option. `env`, `close_fds` and the like are taken and change nothing.
 *
 * @throws TypeError that names the key
 */
export function readPopenKwargs(kwargs: Readonly<Record<string, unknown>>): PopenOptions {
  for (const key of Object.keys(kwargs)) {
    if (ACCEPTED.includes(key) || ALWAYS_SO.has(key)) continue
    throw new TypeError(`LocalProcessSpawner.popen_kwargs does not take "${key}". It takes ${ACCEPTED.join(', ')}.`)
  }
  return {
    cwd: textOf(kwargs, 'cwd'),
    shell: flagOf(kwargs, 'shell', false),
    newSession: flagOf(kwargs, 'start_new_session', true),
    stdin: redirectionOf(kwargs, 'stdin'),
    stdout: redirectionOf(kwargs, 'stdout'),
    stderr: redirectionOf(kwargs, 'stderr'),
  }
}

function textOf(kwargs: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = kwargs[key] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw new TypeError(`LocalProcessSpawner.popen_kwargs: "${key}" must be a string.`)
}

function flagOf(kwargs: Readonly<Record<string, unknown>>, key: string, byDefault: boolean): boolean {
  const value = kwargs[key] ?? byDefault
  if (typeof value === 'boolean') return value
  throw new TypeError(`LocalProcessSpawner.popen_kwargs: "${key}" must be true or false.`)
}

function redirectionOf(kwargs: Readonly<Record<string, unknown>>, key: 'stdin' | 'stdout' | 'stderr'): Redirection {
  if (key !== 'stdin' && (kwargs[key] ?? undefined) === undefined) return { to: 'log' }
  const value = kwargs[key] ?? 'inherit'
  if (value === 'inherit') return { to: 'inherit' }
  if (value === 'ignore' || value === PYTHON_DEVNULL) return { to: 'ignore' }
  if (key === 'stderr' && (value === 'stdout' || value === PYTHON_STDOUT)) return { to: 'stdout' }
  if (typeof value === 'string' && value.startsWith('/')) return { to: 'file', path: value }
  throw new TypeError(
    `LocalProcessSpawner.popen_kwargs: "${key}" must be "inherit", "ignore" or the absolute path of a file` +
      (key === 'stderr' ? ', or "stdout".' : '.'),
  )
}

/** For the check of a configuration: what is wrong with the option, or undefined. */
export function popenKwargsMistake(kwargs: Readonly<Record<string, unknown>>): string | undefined {
  try {
    readPopenKwargs(kwargs)
    return undefined
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

/** Whether the server needs a log of its own. */
export function usesLog({ stdout, stderr }: PopenOptions): boolean {
  return stdout.to === 'log' || stderr.to === 'log'
}
