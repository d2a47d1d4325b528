import { execFile } from 'node:child_process'

/** An account of this host, from wherever its name service keeps it (files, LDAP, …). */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

const LOOKUP_TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const NO_SUCH_KEY = 2

/**
 * Asks the name service, in a process of its own: a directory that hangs holds up nobody else.
 *
 * @returns undefined: no account has exactly this name
 */
export async function findAccount(name: string): Promise<Account | undefined> {
  const account = await accountLike(name)
  return account?.name === name ? account : undefined
}

/** The account that the name service has for this name, which may be spelled otherwise where a directory ignores case. */
export async function accountLike(name: string): Promise<Account | undefined> {
  return isLookedUp(name) ? parsePasswdLine(await getent('passwd', name)) : undefined
}

/** Names of the groups of an account, its primary one included; none where there is no such account. */
export async function groupsOfAccount(name: string): Promise<readonly string[]> {
  if ((await findAccount(name)) === undefined) return []
  // Groups without a name make `id` fail, but only after it has printed the others.
  const { stdout } = await runProgram('id', ['-Gnz', '--', name])
  return stdout.split('\0').filter((group) => group !== '' && !/^\d+$/.test(group))
}

export async function hasGroup(name: string): Promise<boolean> {
  return isLookedUp(name) && (await getent('group', name)).startsWith(`${name}:`)
}

/** The accounts that can be listed; a directory may refuse that, and then has none here. */
export async function listAccounts(): Promise<Account[]> {
  const { stdout } = await runProgram('getent', ['passwd']).catch(() => ({ stdout: '' }))
  return stdout
    .split('\n')
    .map(parsePasswdLine)
    .filter((one) => one !== undefined)
}

export function parsePasswdLine(line: string): Account | undefined {
  const [name, , uid, gid, , home, shell] = line.split(':')
  if (name === undefined || name === '' || shell === undefined || home === undefined) return undefined
  if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return undefined
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell.trimEnd() }
}

/** getent takes a number for an id: a user of a hub named "0" must not become root. What holds a colon or a line break is no name. */
function isLookedUp(name: string): boolean {
  return name !== '' && name.length <= 256 && !/^\d+$/.test(name) && !/[:\p{Cc}]/u.test(name)
}

/** First line of the entry; empty when there is none. */
async function getent(database: string, key: string): Promise<string> {
  const { stdout, code } = await runProgram('getent', ['--', database, key])
  if (code !== 0 && code !== NO_SUCH_KEY)
    throw new Error(`The accounts of this host cannot be read: getent ${database} ended with ${code}.`)
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
