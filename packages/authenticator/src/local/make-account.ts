import { execFile } from 'node:child_process'
import type { Log } from '@hub/api'
import { AuthenticatorError } from '../authentication-error.js'
import type { AccountConfig } from './local-config.js'
import type { SystemAccounts } from './system-accounts.js'

const COMMAND_TIMEOUT_MS = 60_000
/** What the tools that make accounts take; nothing of it can be read as an option. */
const ACCOUNT_NAME = /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/

/** Sees to it that users have accounts on this host. */
export class AccountMaker {
  /** The tools lock the files of accounts and fail when these are locked: one account is made at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    readonly config: AccountConfig,
    readonly accounts: SystemAccounts,
    readonly log: Log,
  ) {}

  /** @throws AuthenticatorError when there is no account and none can, or shall, be made */
  async ensure(name: string): Promise<void> {
    if ((await this.accounts.find(name)) !== undefined) return
    if (!this.config.create_system_users) {
      throw new AuthenticatorError(
        `${name} has no account on this host. Make one, or set LocalAuthenticator.create_system_users = True.`,
      )
    }
    const made = this.#last.then(() => this.#make(name))
    this.#last = made.catch(() => undefined)
    await made
  }

  async #make(name: string): Promise<void> {
    // Somebody may have made it while this waited for its turn.
    if ((await this.accounts.find(name)) !== undefined) return
    if (!ACCOUNT_NAME.test(name)) {
      throw new AuthenticatorError(
        `An account cannot be called ${JSON.stringify(name)}: it takes letters of a-z, digits, ".", "_" and "-", ` +
          'at most 32 of them, and begins with a letter. Authenticator.username_map can give the user another name.',
      )
    }
    const [program = '', ...args] = addUserCommand(name, this.config)
    this.log.info('making an account', { user: name, command: [program, ...args].join(' ') })
    await run(program, args, name)
    if ((await this.accounts.find(name)) === undefined) {
      throw new AuthenticatorError(
        `LocalAuthenticator.add_user_cmd (${program}) ended well, but there is no account ${name}.`,
      )
    }
  }
}

/** The configured command with the name filled in. */
export function addUserCommand(name: string, { add_user_cmd: words, uids }: AccountConfig): readonly string[] {
  const uid = Object.hasOwn(uids, name) ? ['--uid', String(uids[name])] : []
  return [...words.map((word) => word.replaceAll('USERNAME', () => name)), ...uid, name]
}

function run(program: string, args: readonly string[], name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { timeout: COMMAND_TIMEOUT_MS, killSignal: 'SIGKILL', cwd: '/' } as const
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve()
        return
      }
      const output = `${stdout}${stderr}`.trim().slice(-1000)
      const why = output !== '' ? output : error.killed === true ? 'it did not end in time' : error.message
      reject(new AuthenticatorError(`The account of ${name} could not be made by ${program}: ${why}`, { cause: error }))
    })
    // A tool that asks questions gets no answer, rather than waiting for one.
    child.stdin?.end()
  })
}
