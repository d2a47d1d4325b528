#!/usr/bin/env node
/**
 * `sudospawner`, the mediator: the one command that sudo lets a hub run as its users. This file is all of it, and needs
 * nothing but Node: install a copy that only root may write.
 *
 * It reads one JSON document from standard input and answers with one on standard output.
 *
 *   {"action": "spawn", "args": ["--debug"], "env": {"NAME": "value"}}  →  {"ok": true, "pid": 4711}
 *                                                                       or {"ok": false, "error": "why"}
 *   {"action": "kill", "pid": 4711, "signal": 15}                       →  {"ok": true, "alive": true}
 *
 * Which program is started is not the caller's choice: `sudospawner-singleuser` in the directory of this command, or else
 * `jupyterhub-singleuser` there. That is the whole of the privilege that a sudoers rule for this command gives.
 */
import childProcess = require('node:child_process')
import fs = require('node:fs')
import os = require('node:os')
import path = require('node:path')

type Answer =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: true; readonly alive: boolean }
  | { readonly ok: false; readonly error: string }

type Request =
  | { readonly action: 'spawn'; readonly args: string[]; readonly env: Record<string, string> }
  | { readonly action: 'kill'; readonly pid: number; readonly signal: number }

const levels = { debug: 10, info: 20, warning: 30, error: 40, none: 100 } as const
type Level = keyof typeof levels

const usage = `Usage: sudospawner [--logging=debug|info|warning|error|none]

Starts and signals the Jupyter server of the account it runs as, told by one JSON document on standard input.
Run by a hub: sudo -nH -u USER sudospawner
`

/** A server that ends within this time with a status other than 0 did not start. */
const earlyEndMs = 1_000
/** The caller writes its document at once; one that never does must not leave processes behind. */
const readDeadlineMs = 30_000
const maxRequestBytes = 4 * 1024 * 1024

let threshold: number = levels.info

/** To standard error, which the caller shows or keeps: standard output is for the answer alone. */
function log(level: Exclude<Level, 'none'>, text: string): void {
  if (levels[level] < threshold) return
  const time = new Date().toISOString().replace('T', ' ').replace('Z', '')
  process.stderr.write(`[${level.charAt(0).toUpperCase()} ${time} sudospawner] ${text}\n`)
}

/** Says what is wrong and ends with status 1: the caller has not kept to the protocol. */
function fail(text: string): never {
  log('error', text)
  process.exit(1)
}

function readOptions(argv: readonly string[]): void {
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--help' || word === '-h') {
      process.stdout.write(usage)
      process.exit(0)
    }
    const [name, value = words.shift()] = word.split('=', 2)
    if (name !== '--logging' || value === undefined || !Object.hasOwn(levels, value.toLowerCase())) {
      process.stderr.write(`sudospawner: ${word} is not understood.\n${usage}`)
      process.exit(2)
    }
    // Checked by the line above.
    threshold = levels[value.toLowerCase() as Level]
  }
}

async function readInput(): Promise<string> {
  setTimeout(
    () => fail(`No document came on standard input within ${readDeadlineMs / 1000} seconds.`),
    readDeadlineMs,
  ).unref()
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > maxRequestBytes) fail('The document on standard input is too long.')
  }
  return text
}

function parseRequest(text: string): Request {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not the text itself: it may hold the server's token.
    fail(`Expected JSON on stdin, got ${text.length} characters of something else`)
  }
  if (typeof value !== 'object' || value === null) fail('Expected a JSON object on stdin')
  const { action, ...fields } = value as Record<string, unknown>
  switch (action) {
    case 'spawn': {
      const { args, env, ...others } = fields
      refuseOthers(others)
      if (!Array.isArray(args) || !args.every(isText)) fail('spawn needs "args", a list of strings')
      if (!isTexts(env)) fail('spawn needs "env", an object of strings')
      return { action, args, env }
    }
    case 'kill': {
      const { pid, signal, ...others } = fields
      refuseOthers(others)
      // 0 and -1 mean "my group" and "all I may signal"; other negative numbers mean one group.
      if (!isInteger(pid) || pid === 0 || pid === -1) fail('kill needs "pid", the number of a process')
      if (!isInteger(signal) || signal < 0) fail('kill needs "signal", a number')
      return { action, pid, signal }
    }
    default:
      fail(`Unknown action: ${JSON.stringify(action)}`)
  }
}

function refuseOthers(others: object): void {
  const [name] = Object.keys(others)
  if (name !== undefined) fail(`Unexpected field: ${JSON.stringify(name)}`)
}

// A NUL ends a string for the kernel: what stands behind it would be lost without a word.
const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)
const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.entries(value).flat().every(isText)

function kill(pid: number, signal: number): Answer {
  log('debug', `Sending signal ${signal} to ${pid}`)
  try {
    process.kill(pid, signal)
    return { ok: true, alive: true }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ESRCH') log('error', `Signal ${signal} could not be sent to ${pid} (${String(code)}): taken for gone`)
    return { ok: true, alive: false }
  }
}

/** Beside this command as it was called, so that links lead to programs beside the link. */
function serverProgram(): string {
  const folder = path.dirname(path.resolve(process.argv[1] ?? ''))
  const wrapper = path.join(folder, 'sudospawner-singleuser')
  return fs.existsSync(wrapper) ? wrapper : path.join(folder, 'jupyterhub-singleuser')
}

function goHome(): void {
  // Of this account, from the account database: the environment may say otherwise.
  const { homedir } = os.userInfo()
  try {
    process.chdir(homedir)
  } catch (error) {
    log('warning', `The home ${homedir} cannot be entered (${String((error as NodeJS.ErrnoException).code)})`)
    process.chdir('/')
  }
}

type Spawned = { readonly answer: Answer; readonly child: childProcess.ChildProcess }

function spawn(args: string[], env: Record<string, string>): Promise<Spawned> {
  const program = serverProgram()
  log('info', `Spawning ${[program, ...args].join(' ')}`)
  if (env['PYTHONPATH'] !== undefined) {
    log('warning', 'PYTHONPATH is not passed on: it would choose the code that runs')
    delete env['PYTHONPATH']
  }
  goHome()
  // A session of its own: no signal to the hub's terminal reaches it. Its standard output goes where ours for messages goes.
  const child = childProcess.spawn(program, args, { env, detached: true, stdio: ['ignore', 2, 2] })
  return new Promise((resolve) => {
    const started = (): void => {
      if (child.pid !== undefined) resolve({ answer: { ok: true, pid: child.pid }, child })
    }
    const timer = setTimeout(started, earlyEndMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve({ answer: { ok: false, error: `${program} could not be started: ${error.message}` }, child })
    })
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) started()
      else resolve({ answer: { ok: false, error: `Exited with status: ${code ?? signal ?? 'unknown'}` }, child })
    })
  })
}

/** @returns whether the caller has got it, as far as can be known */
function send(answer: Answer): Promise<boolean> {
  log(answer.ok ? 'debug' : 'error', `mediator result: ${JSON.stringify(answer)}`)
  return new Promise((resolve) => {
    process.stdout.once('error', () => resolve(false))
    process.stdout.write(JSON.stringify(answer), (error) => resolve(error === undefined || error === null))
  })
}

async function main(): Promise<void> {
  readOptions(process.argv.slice(2))
  const request = parseRequest(await readInput())
  if (request.action === 'kill') {
    await send(kill(request.pid, request.signal))
    return
  }
  const { answer, child } = await spawn(request.args, request.env)
  const isDelivered = await send(answer)
  if (isDelivered || !answer.ok || child.pid === undefined) return
  // Nobody knows of this server, and nobody would ever end it.
  log('error', 'The caller has gone: the server is ended')
  kill(-child.pid, os.constants.signals.SIGKILL)
}

main().then(
  // The server goes on; this process does not wait for it, and init takes its exit status.
  () => process.exit(0),
  (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
)
