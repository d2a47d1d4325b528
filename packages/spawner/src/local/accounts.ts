import { execFile } from 'node:child_process'
import { ownTurn } from './own-turn.js'

/** An account of this host, from wherever its name service keeps it (files, LDAP, …). */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** An answer is good for this long: a burst of starts asks once per user, a changed account is seen soon. */
const KEPT_MS = 10_000
const KEPT_ACCOUNTS = 1000
const LOOKUP_TIMEOUT_MS = 10_000

export type AccountLookup = (name: string) => Promise<Account | undefined>

/**
 * Makes a lookup that remembers accounts for a few seconds, never their absence.
 *
 * @param clock - milliseconds that only go forward
 */
export function rememberingLookup(lookup: AccountLookup, clock: () => number = () => performance.now()): AccountLookup {
  const known = new Map<string, { readonly account: Promise<Account | undefined>; readonly until: number }>()
  return async (name) => {
    const hit = known.get(name)
    if (hit !== undefined && hit.until > clock()) return hit.account
    const account = lookup(name)
    known.delete(name)
    known.set(name, { account, until: clock() + KEPT_MS })
    for (const oldest of known.keys()) {
      if (known.size <= KEPT_ACCOUNTS) break
      known.delete(oldest)
    }
    const forget = (): void => {
      if (known.get(name)?.account === account) known.delete(name)
    }
    account.then((found) => found ?? forget(), forget)
    return account
  }
}

/** Asks the name service. Undefined: no account has exactly this name. */
export const findAccount: AccountLookup = async (name) => {
  const line = await getent('passwd', name)
  const account = line === undefined ? undefined : parsePasswdLine(line)
  // getent takes a number for a uid: a hub user named "0" must not become root.
  return account?.name === name ? account : undefined
}

export function parsePasswdLine(line: string): Account | undefined {
  const [name, , uid, gid, , home, shell] = line.split(':')
  if (name === undefined || shell === undefined || home === undefined) return undefined
  if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return undefined
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell.trimEnd() }
}

/** First line of the entry, undefined when there is none. */
async function getent(database: string, key: string): Promise<string | undefined> {
  await ownTurn()
  return new Promise((resolve, reject) => {
    execFile('getent', ['--', database, key], { timeout: LOOKUP_TIMEOUT_MS, maxBuffer: 64 * 1024 }, (error, stdout) => {
      if (error === null) resolve(stdout.split('\n', 1)[0])
      // 2: one or more keys could not be found.
      else if (error.code === 2) resolve(undefined)
      else reject(new Error(`The account database could not be asked (getent ${database})`, { cause: error }))
    })
  })
}
