import { spawn } from 'node:child_process'
import { isAlive, signal } from './processes.js'
import { waitFor, within } from './wait-for.js'

export interface ChildOptions {
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd?: string
  /** Added to this process's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program under test: what it has printed, how it ended, and ways to end it. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** All it has printed so far, stdout and stderr mixed. */
  log(): string
  readonly exited: Promise<Exit>
  hasExited(): boolean
  kill(name: NodeJS.Signals): void
  /** Sends the signal and waits for the end. */
  stop(name?: NodeJS.Signals, deadlineMs?: number): Promise<Exit>
  /** Waits until the pattern stands in the log; fails at once if the program ends first. */
  waitForLog(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
}

export function startChild({ command, cwd, env = {} }: ChildOptions): Child {
  const [program, ...args] = command
  // A group of its own: a Ctrl-C at the test runner must not reach it before the test has put things in order.
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let text = ''
  let exit: Exit | undefined
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      text += error.message
      resolve((exit = { code: 127, signal: null }))
    })
    child.once('exit', (code, name) => {
      resolve((exit = { code, signal: name }))
    })
  })
  const pid = child.pid ?? -1
  const ended = () => new Error(`${program} ended with ${JSON.stringify(exit)}; it printed:\n${text.slice(-4000)}`)

  return {
    pid,
    exited,
    log: () => text,
    hasExited: () => exit !== undefined,
    kill: (name) => {
      if (exit === undefined) signal(pid, name)
    },
    async stop(name = 'SIGTERM', deadlineMs = 20_000) {
      if (exit === undefined) signal(pid, name)
      return within(deadlineMs, `the end of ${program} after ${name}`, exited)
    },
    async waitForLog(pattern, deadlineMs = 20_000) {
      return waitFor(
        () => {
          const found = pattern.exec(text)
          return found ?? exit
        },
        { deadlineMs, what: `${String(pattern)} in the log of ${program}` },
      ).then((found) => {
        if ('code' in found) throw ended()
        return found
      })
    },
    async [Symbol.asyncDispose]() {
      // The whole group: a wrapper such as a shell may have children of its own.
      signal(-pid, 'SIGTERM')
      const done = await Promise.race([
        exited.then(() => true),
        new Promise<false>((no) => setTimeout(no, 5_000, false)),
      ])
      if (!done || isAlive(pid)) signal(-pid, 'SIGKILL')
      await exited
    },
  }
}
