import { randomInt } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './ports.mjs'

/**
 * @typedef {{ userPassword: string, adminPassword: string, shown: boolean }} Passwords - `shown`: the person has seen them
 * @typedef {{ hubPort: number, proxyApiPort: number }} PrivatePorts
 */

const PASSWORDS_FILE = 'passwords.json'

/** Letters and digits that are not mistaken for one another. */
const PASSWORD_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/**
 * Makes the folder for all that is kept; others may not look into it.
 *
 * @param {string} stateDir
 */
export function openState(stateDir) {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  chmodSync(stateDir, 0o700)
}

/**
 * The passwords to log in with; see {@link markShown}.
 *
 * @param {string} stateDir
 * @param {{ password: string | undefined, resetPassword: boolean }} options
 * @returns {Passwords}
 */
export function passwordsFor(stateDir, { password, resetPassword }) {
  const file = join(stateDir, PASSWORDS_FILE)
  const kept = resetPassword ? undefined : /** @type {Passwords | undefined} */ (readJson(file))
  const passwords = {
    userPassword: password ?? kept?.userPassword ?? makePassword(3),
    adminPassword: kept?.adminPassword ?? makePassword(8),
    // A start that failed before it could show them leaves this to the next one.
    shown: kept?.shown ?? false,
  }
  writeSecret(file, JSON.stringify(passwords))
  return passwords
}

/**
 * Remembers that the person has seen the passwords, which are shown once.
 *
 * @param {string} stateDir
 * @param {Passwords} passwords
 */
export function markShown(stateDir, passwords) {
  writeSecret(join(stateDir, PASSWORDS_FILE), JSON.stringify({ ...passwords, shown: true }))
}

/**
 * @param {number} groups - of four letters each
 */
export function makePassword(groups) {
  const letter = () => PASSWORD_LETTERS[randomInt(PASSWORD_LETTERS.length)]
  const group = () => Array.from({ length: 4 }, letter).join('')
  return Array.from({ length: groups }, group).join('-')
}

/**
 * Ports that only the parts themselves use. The same ones again after a restart, because servers that outlived a
 * killed hub know its address.
 *
 * @param {string} stateDir
 * @param {number} publicPort
 * @returns {Promise<PrivatePorts>}
 */
export async function privatePorts(stateDir, publicPort) {
  const file = join(stateDir, 'ports.json')
  const kept = /** @type {PrivatePorts | undefined} */ (readJson(file))
  const hubPort = await freePort('127.0.0.1', kept?.hubPort ?? 8081, new Set([publicPort]))
  const proxyApiPort = await freePort('127.0.0.1', kept?.proxyApiPort ?? 8001, new Set([publicPort, hubPort]))
  writeFileSync(file, JSON.stringify({ hubPort, proxyApiPort }))
  return { hubPort, proxyApiPort }
}

/**
 * @param {string} file
 * @param {string} text
 */
export function writeSecret(file, text) {
  writeFileSync(file, text, { mode: 0o600 })
  // The mode above is for a new file only.
  chmodSync(file, 0o600)
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
