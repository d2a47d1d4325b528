import type { JsonObject, Log } from '@hub/api'
import { SpawnError, type Spawner } from '@hub/spawner'
import { HubError, publicError } from '../http/hub-error.js'
import { abortable } from './deadline.js'
import { SpawnCancelledError } from './spawn-failure.js'

const LINES = 20
const LONGEST_LINE = 400
/** Asking for the log must not hold up the clean-up for long. */
const DEADLINE_MS = 5_000

export interface FailedStart {
  readonly error: unknown
  readonly spawner: Spawner
  /** Undefined: nothing was started, so nothing was printed. */
  readonly state: JsonObject | undefined
  readonly apiToken: string
  readonly log: Log
}

/**
 * The error, with the last lines that the server printed for people to read on pages. Ask before the server is stopped. The
 * message itself stays as it is.
 */
export async function withLastLines(start: FailedStart): Promise<unknown> {
  const { error, spawner, state, apiToken, log } = start
  if (error instanceof SpawnCancelledError) return error
  const told = linesToldBy(error)
  const printed = told.length > 0 || state === undefined ? told : await askForLines(spawner, state, log)
  if (printed.length === 0) return error
  const lines = maskSecrets(printed, [apiToken, ...secretValues(spawner.config.environment)])
  log.warn('the server did not come up; the last lines it printed', { lines })
  const shown = publicError(error)
  return new HubError(shown.code, shown.status, shown.message, {
    headers: shown.headers,
    messageHtml: `${shown.messageHtml ?? escapeHtml(shown.message)}${logHtml(lines)}`,
    ...(shown.reason === undefined ? {} : { reason: shown.reason }),
    cause: error,
  })
}

function linesToldBy(error: unknown): readonly string[] {
  // A plug-in may have an older copy of the class, without them.
  const lines = error instanceof SpawnError ? (error as Partial<SpawnError>).lastLines : undefined
  return lines?.slice(-LINES) ?? []
}

async function askForLines(spawner: Spawner, state: JsonObject, log: Log): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  return abortable(spawner.lastLogLines(state, LINES, signal), signal).catch((reason: unknown) => {
    log.debug('the log of the server could not be read', { error: reason })
    return []
  })
}

function logHtml(lines: readonly string[]): string {
  return `<p>The last lines of the server's log:</p><pre class="server-log">${escapeHtml(lines.join('\n'))}</pre>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const SECRET_NAME = /token|secret|passw|passphrase|credential|api_?key|private_?key|access_?key/i
/** Shorter ones would mask ordinary words. */
const SHORTEST_SECRET = 6

function secretValues(environment: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && typeof value === 'string' && value.length >= SHORTEST_SECRET ? [value] : [],
  )
}

/** What looks like a secret though nobody has told us it is one. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(authorization|cookie|set-cookie)(["']?\s*[:=]\s*)[^\r\n]+/gi, '$1$2***'],
  [/([?&](?:token|code|state|access_token|api_key|password|secret)=)[^&\s"'<>]+/gi, '$1***'],
  [/\b(\w*(?:token|secret|passw(?:or)?d|api_?key)\w*["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi, '$1***'],
  [/(\w+:\/\/[^\s/:@]+:)[^\s/@]+@/g, '$1***@'],
  [/\b[0-9a-f]{32,}\b/gi, '***'],
]

/** For the eyes of the user: the log is theirs, and may stand on a page that is shown around. */
export function maskSecrets(lines: readonly string[], secrets: readonly string[]): string[] {
  const known = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length)
  return lines.map((line) => {
    let masked = line
    for (const secret of known) masked = masked.replaceAll(secret, '***')
    for (const [pattern, replacement] of PATTERNS) masked = masked.replace(pattern, replacement)
    return masked.length > LONGEST_LINE ? `${masked.slice(0, LONGEST_LINE)}…` : masked
  })
}
