import { parseArgs } from 'node:util'
import { PlainError } from './plain-error.mjs'

/**
 * @typedef {{
 *   help: boolean,
 *   ip: string,
 *   port: number,
 *   password: string | undefined,
 *   resetPassword: boolean,
 *   singleuser: string | undefined,
 *   stateDir: string,
 * }} StartOptions
 */

/** Shortest shared password that the hub accepts. */
export const MIN_PASSWORD_CHARS = 8

export const START_HELP = `Starts a hub and its proxy on this machine, for trying things out.

  npm start                          http://127.0.0.1:8000
  npm start -- --port 8010           another port

Options
  --port N             public port (default 8000)
  --ip ADDRESS         address to listen on (default 127.0.0.1: this machine only)
  --password TEXT      shared password of all users, ${MIN_PASSWORD_CHARS} characters or more; kept for later starts
  --reset-password     make new passwords and print them
  --singleuser COMMAND program started for each user; without it: jupyterhub-singleuser on PATH, else
                       JupyterLab in a private Python environment that the first start makes
  --state DIR          folder for everything that is kept (default .hub)
  --help               this text

All users' servers run as the user who starts this. For real accounts see docs/.`

/**
 * @param {readonly string[]} args - the command line after the script's name
 * @returns {StartOptions}
 * @throws {PlainError} for an unknown option or an unusable value
 */
export function parseStartOptions(args) {
  const values = parseWords(args)
  const port = Number(values.port ?? 8000)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new PlainError(`--port must be a number from 1 to 65535, not "${values.port}".`)
  if (values.password !== undefined && values.password.length < MIN_PASSWORD_CHARS)
    throw new PlainError(`--password must have ${MIN_PASSWORD_CHARS} characters or more.`)
  return {
    help: values.help ?? false,
    ip: values.ip ?? '127.0.0.1',
    port,
    password: values.password,
    resetPassword: values['reset-password'] ?? false,
    singleuser: values.singleuser,
    stateDir: values.state ?? '.hub',
  }
}

/** @param {readonly string[]} args */
function parseWords(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        ip: { type: 'string' },
        port: { type: 'string' },
        password: { type: 'string' },
        'reset-password': { type: 'boolean' },
        singleuser: { type: 'string' },
        state: { type: 'string' },
      },
    }).values
  } catch (error) {
    const [sentence = ''] = /** @type {Error} */ (error).message.split('. ')
    throw new PlainError(`${sentence.replace(/\.$/, '')}. "npm start -- --help" lists the options.`)
  }
}
