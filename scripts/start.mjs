// `npm start`: everything from a fresh checkout to a hub that answers. Runs before anything is installed or built, hence
// plain JavaScript without dependencies.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { hostname } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNodeVersion, build, installDependencies } from './lib/bootstrap.mjs'
import { assertMayStart } from './lib/earlier-start.mjs'
import { PlainError } from './lib/plain-error.mjs'
import { descendantsOf, endProcesses, listProcesses, signalProcess } from './lib/processes.mjs'
import { tail } from './lib/run.mjs'
import { createSay } from './lib/say.mjs'
import { assertPython, findSingleuser, presentSingleuser } from './lib/singleuser.mjs'
import { startConfig } from './lib/start-config.mjs'
import { parseStartOptions, START_HELP } from './lib/start-options.mjs'
import { markShown, openState, passwordsFor, privatePorts, writeSecret } from './lib/start-state.mjs'

const UP_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 30_000
const LOOK_INTERVAL_MS = 2_000
/** npm passes a Ctrl-C on to us that the terminal has sent us as well: the two within this time are one. */
const SAME_CTRL_C_MS = 1_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = createSay()
const stop = new AbortController()
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => stop.abort(name))

try {
  await main()
} catch (error) {
  // A step that was interrupted fails in some way of its own; that is not news.
  if (stop.signal.aborted) process.exitCode = 130
  else {
    process.exitCode = 1
    if (error instanceof PlainError) process.stderr.write(`${error.message}\n`)
    else throw error
  }
}

async function main() {
  const options = parseStartOptions(process.argv.slice(2))
  if (options.help) {
    say.line(START_HELP)
    return
  }
  const stateDir = resolve(root, options.stateDir)
  assertNodeVersion()
  await assertMayStart({ ...options, stateDir })
  // Said now rather than after minutes of installing.
  if (presentSingleuser(options.singleuser, stateDir) === undefined) assertPython()

  await installDependencies({ root, say, signal: stop.signal })
  await build({ root, say, signal: stop.signal, only: ['@hub/hub', 'configurable-http-proxy'] })
  openState(stateDir)
  const singleuser = await findSingleuser({ asked: options.singleuser, stateDir, say, signal: stop.signal })
  const passwords = passwordsFor(stateDir, options)
  const config = startConfig({
    ...options,
    ...passwords,
    ...(await privatePorts(stateDir, options.port)),
    stateDir,
    singleuser: singleuser.command,
    proxyCommand: [process.execPath, join(root, 'packages/configurable-http-proxy/bin/configurable-http-proxy.js')],
    isRoot: process.getuid?.() === 0,
  })
  const configFile = join(stateDir, 'jupyterhub_config.json')
  writeSecret(configFile, JSON.stringify(config, null, 2))
  stop.signal.throwIfAborted()

  const hub = startHub(stateDir, configFile)
  const everywhere = ['0.0.0.0', '::'].includes(options.ip)
  const at = (/** @type {string} */ host) => `http://${host.includes(':') ? `[${host}]` : host}:${options.port}`
  try {
    const loginPage = `${at(everywhere ? 'localhost' : options.ip)}/hub/login`
    await say.step('starting the hub and its proxy', () => untilUp(loginPage, hub))
    const url = at(everywhere ? hostname() : options.ip)
    sayHello({ url, stateDir, singleuser, passwords, password: options.password })
    markShown(stateDir, passwords)
    await Promise.race([hub.exited, aborted()])
    if (!stop.signal.aborted) throw hubEnded(hub)
  } finally {
    await stopAll(hub)
  }
}

/**
 * `code` is undefined while it runs; `processes` are the ones below it, which lose their parent when it dies.
 *
 * @typedef {{
 *   pid: number,
 *   logFile: string,
 *   code: () => number | null | undefined,
 *   exited: Promise<void>,
 *   processes: () => Promise<import('./lib/processes.mjs').ProcessFacts[]>,
 * }} Hub
 */

/**
 * @param {string} stateDir
 * @param {string} configFile
 * @returns {Hub}
 */
function startHub(stateDir, configFile) {
  const logFile = join(stateDir, 'hub.log')
  const log = openSync(logFile, 'a', 0o600)
  // In a session of its own: a Ctrl-C reaches only us, and the hub then stops its servers in good order.
  const child = spawn(process.execPath, [join(root, 'packages/hub/bin/jupyterhub.js'), '-f', configFile], {
    cwd: stateDir,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const pid = child.pid ?? 0
  /** @type {import('./lib/processes.mjs').ProcessFacts[]} */
  let known = []
  const look = async () => {
    const now = descendantsOf(await listProcesses(), pid)
    if (code === undefined) known = now
    return known
  }
  const timer = setInterval(() => void look(), LOOK_INTERVAL_MS)
  /** @type {number | null | undefined} */
  let code
  const exited = new Promise((/** @type {(value: void) => void} */ done) => {
    child.once('error', () => {
      code = 127
      done()
    })
    child.once('exit', (status) => {
      code = status
      clearInterval(timer)
      done()
    })
  })
  return { pid, logFile, code: () => code, exited, processes: look }
}

/**
 * Waits until the login page really comes.
 *
 * @param {string} url
 * @param {Hub} hub
 */
async function untilUp(url, hub) {
  const deadline = Date.now() + UP_DEADLINE_MS
  while (!(await answers(url))) {
    stop.signal.throwIfAborted()
    if (hub.code() !== undefined) throw hubEnded(hub)
    if (Date.now() > deadline)
      throw new PlainError(
        `No login page at ${url} after ${UP_DEADLINE_MS / 1000} seconds; the hub's log ends with:\n${logTail(hub)}`,
      )
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** @param {string} url */
function answers(url) {
  return new Promise((done) => {
    const request = get(url, { timeout: 5_000, agent: false }, (response) => {
      response.resume()
      done(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => done(false))
  })
}

/** @param {Hub} hub */
function hubEnded(hub) {
  return new PlainError(`The hub ended with status ${hub.code() ?? 'unknown'}; its log ends with:\n${logTail(hub)}`)
}

/** @param {Hub} hub */
function logTail(hub) {
  return tail(readFileSync(hub.logFile, 'utf8'), 20)
}

/**
 * @param {{
 *   url: string,
 *   stateDir: string,
 *   singleuser: import('./lib/singleuser.mjs').SingleuserServer,
 *   passwords: import('./lib/start-state.mjs').Passwords,
 *   password: string | undefined,
 * }} facts
 */
function sayHello({ url, stateDir, singleuser, passwords, password }) {
  const state = relative(root, stateDir) || '.'
  const mine = password === undefined ? passwords.userPassword : 'you gave'
  say.line()
  say.line(`  Open     ${url}`)
  if (!passwords.shown) {
    say.line(`  Log in   with any user name and the password ${mine}`)
    say.line(`  Admin    user name admin with the password ${passwords.adminPassword}`)
    say.line('           (shown this once; npm start -- --reset-password makes new ones)')
  } else {
    say.line(
      `  Log in   with any user name and the password ${password === undefined ? 'shown at the first start' : mine}`,
    )
    say.line('           (npm start -- --reset-password makes new ones)')
  }
  say.line(`  Servers  ${singleuser.command.join(' ')} (from ${singleuser.from})`)
  say.line(`  State    ${state.startsWith('..') ? stateDir : state}/ (hub.log is the log, home/ has the users' files)`)
  say.line('  Stop     Ctrl-C')
  say.line()
}

function aborted() {
  return new Promise((/** @type {(value: void) => void} */ done) => {
    if (stop.signal.aborted) done()
    else stop.signal.addEventListener('abort', () => done(), { once: true })
  })
}

/**
 * Lets the hub stop its servers and its proxy, then ends whatever of its processes is left: after the deadline, at a
 * second Ctrl-C, or when the hub had died.
 *
 * @param {Hub} hub
 */
async function stopAll(hub) {
  const started = await hub.processes()
  if (hub.code() === undefined) {
    say.line('stopping …')
    const since = Date.now()
    signalProcess(hub.pid, 'SIGTERM')
    const again = new Promise((/** @type {(value: void) => void} */ done) => {
      for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM']))
        process.on(name, () => Date.now() - since > SAME_CTRL_C_MS && done())
    })
    let timer
    const late = new Promise((done) => (timer = setTimeout(done, STOP_DEADLINE_MS)))
    await Promise.race([hub.exited, again, late])
    clearTimeout(timer)
    if (hub.code() === undefined) signalProcess(hub.pid, 'SIGKILL')
  }
  await endProcesses(started)
  say.line('stopped')
}
