import { execFile } from 'node:child_process'

/** An account of this host, from wherever its name service keeps it (files, LDAP, …). */
export interface SystemAccount {
  readonly name: string
  readonly uid: number
}

/** Which accounts and groups this host has. */
export interface SystemAccounts {
  /** Undefined: no account has exactly this name. */
  find(name: string): Promise<SystemAccount | undefined>
  /** Of an account, its primary group included. */
  groupsOf(name: string): Promise<readonly string[]>
  hasGroup(name: string): Promise<boolean>
}

const LOOKUP_TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const NO_SUCH_KEY = 2

/** Asks the name service through `getent` and `id`, in processes of their own: a directory that hangs holds up nobody else. */
export const systemAccounts: SystemAccounts = {
  async find(name) {
    const account = isLookedUp(name) ? parseAccount(await getent('passwd', name)) : undefined
    return account?.name === name ? account : undefined
  },
  async groupsOf(name) {
    if ((await this.find(name)) === undefined) return []
    // Groups without a name make `id` fail, but only after it has printed the others.
    const { stdout } = await runProgram('id', ['-Gnz', '--', name])
    return stdout.split('\0').filter((group) => group !== '' && !/^\d+$/.test(group))
  },
  async hasGroup(name) {
    return isLookedUp(name) && (await getent('group', name)).startsWith(`${name}:`)
  },
}

/** The account's own spelling of a name, as directories that ignore case have it. */
export async function canonicalAccountName(name: string): Promise<string | undefined> {
  return isLookedUp(name) ? parseAccount(await getent('passwd', name))?.name : undefined
}

/** Accounts found are remembered for this long: at the start of a hub each of its users is looked up. */
const KEPT_MS = 30_000

/** Reads the accounts that can be listed in one go, and asks one by one for the others. */
export class ListedAccounts implements SystemAccounts {
  #listed = new Map<string, SystemAccount>()
  #until = 0

  constructor(
    readonly accounts: SystemAccounts = systemAccounts,
    readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async prefetch(): Promise<void> {
    // A directory may refuse to be listed; then each account is asked for.
    const { stdout } = await runProgram('getent', ['passwd']).catch(() => ({ stdout: '' }))
    const found = stdout.split('\n').map(parseAccount)
    this.#listed = new Map(found.filter((one) => one !== undefined).map((one) => [one.name, one]))
    this.#until = this.monotonicMs() + KEPT_MS
  }

  async find(name: string): Promise<SystemAccount | undefined> {
    if (this.monotonicMs() >= this.#until) this.#listed.clear()
    return this.#listed.get(name) ?? (await this.accounts.find(name))
  }

  groupsOf(name: string): Promise<readonly string[]> {
    return this.accounts.groupsOf(name)
  }

  hasGroup(name: string): Promise<boolean> {
    return this.accounts.hasGroup(name)
  }
}

/** Numbers would be taken for ids, and what holds a colon or a line break is no name in these files. */
function isLookedUp(name: string): boolean {
  return name !== '' && name.length <= 256 && !/^\d+$/.test(name) && !/[:\p{Cc}]/u.test(name)
}

function parseAccount(line: string): SystemAccount | undefined {
  const [name, , uid] = line.split(':')
  return name !== undefined && name !== '' && uid !== undefined && /^\d+$/.test(uid)
    ? { name, uid: Number(uid) }
    : undefined
}

/** First line of the entry; empty when there is none. */
async function getent(database: string, key: string): Promise<string> {
  const { stdout, code } = await runProgram('getent', ['--', database, key])
  if (code !== 0 && code !== NO_SUCH_KEY)
    throw new Error(`The accounts of this host cannot be read: getent exited with ${code}.`)
  return stdout.split('\n', 1)[0] ?? ''
}

function runProgram(program: string, args: readonly string[]): Promise<{ stdout: string; code: number }> {
  return new Promise((resolve, reject) => {
    const options = { timeout: LOOKUP_TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES } as const
    execFile(program, [...args], options, (error, stdout) => {
      if (error === null) resolve({ stdout, code: 0 })
      else if (typeof error.code === 'number') resolve({ stdout, code: error.code })
      else reject(new Error(`The accounts of this host cannot be read: ${program} did not answer.`, { cause: error }))
    })
  })
}
