import { formatFields, type LineFormat, type LogLevel, type LogSink, stacksOf } from '@hub/daemon'

const colors = { debug: 34, info: 32, warn: 33, error: 31 } as const

/** `<ISO time> [ConfigProxy] <level>: <text>`, which tools wait for. @param isColored - paint the level */
export function proxyLine(isColored: boolean): LineFormat {
  const paint = (level: LogLevel): string => (isColored ? `\x1b[${colors[level]}m${level}\x1b[39m` : level)
  const stamp = isoTimes()
  return ({ level, event, fields, time }) =>
    `${stamp(time)} [ConfigProxy] ${paint(level)}: ${oneLine(event)}${formatFields(fields)}${level === 'error' ? stacksOf(fields) : ''}`
}

/** Several lines belong to one millisecond. */
function isoTimes(): (time: Date) => string {
  let at = -1
  let text = ''
  return (time) => {
    if (time.getTime() !== at) {
      at = time.getTime()
      text = time.toISOString()
    }
    return text
  }
}

/** On a terminal, unless the environment has a say in it. */
export function wantsColor(environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = environment
  if (force !== undefined) return force !== '0' && force !== 'false'
  return isTerminal && (no === undefined || no === '')
}

/** The name of a route may have any character in it, but must not make up lines of the log. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => encodeURIComponent(character))
}

/** A line waits no longer than this for others. */
const joinMs = 10
const mostWaiting = 16 * 1024

/**
 * A sink that writes lines together: one call of the system for each line is most of what a change of a route costs.
 * Warnings and errors do not wait. `flush` before the process ends.
 */
export function joiningSink(write: (text: string) => void): { readonly sink: LogSink; readonly flush: () => void } {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    const text = waiting
    waiting = ''
    write(text)
  }
  return {
    sink: (line, level) => {
      waiting += `${line}\n`
      if (level === 'warn' || level === 'error' || waiting.length > mostWaiting) flush()
      else timer ??= setTimeout(flush, joinMs)
    },
    flush,
  }
}
