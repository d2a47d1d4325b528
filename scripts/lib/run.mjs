import { spawn } from 'node:child_process'

/**
 * @typedef {{
 *   cwd?: string,
 *   env?: NodeJS.ProcessEnv,
 *   timeoutMs?: number,
 *   signal?: AbortSignal | undefined,
 *   onLine?: ((line: string) => void) | undefined,
 * }} RunOptions
 * @typedef {{ ok: boolean, code: number | null, timedOut: boolean, output: string }} RunResult
 */

const KEPT_OUTPUT_CHARS = 200_000
const TERM_GRACE_MS = 3_000

/**
 * Runs a program to its end and collects what it printed; never throws for a failing program. A program that cannot be
 * started has code 127, as in a shell. At the deadline or on abort the program and its children are ended.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { cwd, env, timeoutMs = 600_000, signal, onLine } = {}) {
  return new Promise((resolve) => {
    // A group of its own, so that an installer's children end with it.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    let timedOut = false
    /** @type {NodeJS.Timeout | undefined} */
    let hardKill
    const end = () => {
      killGroup(child.pid, 'SIGTERM')
      hardKill = setTimeout(() => killGroup(child.pid, 'SIGKILL'), TERM_GRACE_MS)
    }
    const deadline = setTimeout(() => {
      timedOut = true
      end()
    }, timeoutMs)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
    for (const stream of [child.stdout, child.stderr]) {
      let partial = ''
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-KEPT_OUTPUT_CHARS)
        const lines = (partial + text).split(/[\r\n]+/)
        partial = lines.pop() ?? ''
        for (const line of lines) if (line.trim() !== '') onLine?.(line)
      })
    }
    const finish = (/** @type {number | null} */ code) => {
      clearTimeout(deadline)
      clearTimeout(hardKill)
      signal?.removeEventListener('abort', end)
      resolve({ ok: code === 0, code, timedOut, output })
    }
    child.once('error', (error) => {
      output += error.message
      finish(127)
    })
    child.once('close', finish)
  })
}

/**
 * @param {number | undefined} pid - leader of the group
 * @param {NodeJS.Signals} name
 */
export function killGroup(pid, name) {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // already gone
  }
}

/**
 * The last lines of an output, for an error message.
 *
 * @param {string} output
 * @param {number} [count]
 */
export function tail(output, count = 15) {
  return output.trimEnd().split('\n').slice(-count).join('\n')
}
