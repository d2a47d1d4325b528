import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from './plain-error.mjs'
import { tryPort } from './ports.mjs'
import { listProcesses } from './processes.mjs'

/**
 * Refuses a start that cannot succeed: one is running from the same folder, or the port is another program's.
 * A proxy that a killed hub left behind is no obstacle, the hub replaces it.
 *
 * @param {{ ip: string, port: number, stateDir: string }} options
 * @throws {PlainError}
 */
export async function assertMayStart({ ip, port, stateDir }) {
  const processes = await listProcesses()
  const alive = (/** @type {string} */ file, /** @type {string} */ name) => {
    const pid = readPid(join(stateDir, file))
    return processes.find((one) => one.pid === pid && one.command.includes(name))
  }
  const hub = alive('jupyterhub.pid', 'jupyterhub')
  if (hub !== undefined)
    throw new PlainError(
      `A hub is already running from ${stateDir} (process ${hub.pid}): stop it first, or use another folder with --state DIR.`,
    )
  const tried = await tryPort(ip, port)
  if (tried.free || (tried.code === 'EADDRINUSE' && alive('jupyterhub-proxy.pid', 'configurable-http-proxy'))) return
  throw new PlainError(portSentence(ip, port, tried.code))
}

/**
 * @param {string} ip
 * @param {number} port
 * @param {string} code - of the failed attempt to listen
 */
function portSentence(ip, port, code) {
  const other = `choose another with npm start -- --port ${port < 1024 ? 8000 : port < 65500 ? port + 10 : port - 10}`
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${ip} is already in use: stop the program that has it, or ${other}.`
  if (code === 'EACCES') return `This user may not listen on port ${port}, ports below 1024 are for root: ${other}.`
  return `Cannot listen on ${ip} port ${port} (${code}): give an address of this machine with --ip.`
}

/** @param {string} file */
function readPid(file) {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10)
  } catch {
    return undefined
  }
}
