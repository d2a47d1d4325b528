import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { JsonObject } from '@hub/api'
import { ownTurn } from '../local/own-turn.js'
import { MediatorError, mediatorProblem } from './mediator-problem.js'

/** What the mediator can be asked for, by upstream's protocol. */
export type MediatorRequest =
  | { readonly action: 'spawn'; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly action: 'kill'; readonly pid: number; readonly signal: number }

export interface MediatorCall {
  readonly userName: string
  /** Between `sudo -u USER` and the mediator. */
  readonly sudoArgs: readonly string[]
  /** Path of the mediator, as sudoers has it. */
  readonly mediator: string
  /** Empty: the mediator's own. */
  readonly logLevel: string
  /** PATH that sudo is looked for on; the server gets what is in the request. */
  readonly path: string
  readonly stderr: MediatorStderr
}

/** Where the mediator logs, and the server that it starts prints. */
export interface MediatorStderr {
  /** Must outlive the hub; undefined: collected, for calls that start nothing. */
  readonly fd: number | undefined
  /** What was printed to `fd`. */
  lastLines(): Promise<readonly string[]>
}

const DEADLINE_MS = 30_000
/** An answer is one line; more comes from a program that is no mediator. */
const MOST_CHARACTERS = 64 * 1024

/**
 * Runs `sudo -u USER … sudospawner` with one JSON document on its standard input, and reads the one it answers with.
 *
 * @throws MediatorError that says what is wrong with sudo or the mediator
 */
export async function askMediator(call: MediatorCall, request: MediatorRequest): Promise<JsonObject> {
  const level = call.logLevel === '' ? [] : [`--logging=${call.logLevel}`]
  await ownTurn()
  const child = spawn('sudo', ['-u', call.userName, ...call.sudoArgs, call.mediator, ...level], {
    cwd: '/',
    // A session of its own has no terminal, where sudo could ask for a password and wait.
    detached: true,
    // Its messages are read by this program: they are to be in English.
    env: { PATH: call.path, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', call.stderr.fd ?? 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  // One that ends without reading breaks the pipe; its status and messages tell why.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(JSON.stringify(request))
  const ended = once(child, 'close').catch((error: unknown) => {
    throw new MediatorError(mediatorProblem(call, { code: null, stderr: [], error }))
  })
  const [stdout, stderr] = await Promise.all([collect(child.stdout), collect(child.stderr), ended])
  const printed = call.stderr.fd === undefined ? stderr.split('\n') : await call.stderr.lastLines()
  const answer = parseAnswer(stdout)
  if (child.exitCode === 0 && answer !== undefined) return answer
  throw new MediatorError(mediatorProblem(call, { code: child.exitCode, stderr: printed }))
}

/** The text from the first brace to the last, so that what a login script prints around it does no harm. */
function parseAnswer(stdout: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1))
    // JSON.parse makes JSON of it, and it begins with a brace.
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

async function collect(stream: Readable | null): Promise<string> {
  let text = ''
  if (stream === null) return text
  for await (const chunk of stream.setEncoding('utf8')) if (text.length < MOST_CHARACTERS) text += String(chunk)
  return text
}
