import { type Account, findAccount as askForAccount } from '@hub/api/accounts'
import { SpawnError } from '../spawn-error.js'
import { ownTurn } from './own-turn.js'

/** An answer is good for this long: a burst of starts asks once per user, a changed account is seen soon. */
const KEPT_MS = 10_000
const KEPT_ACCOUNTS = 1000

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

/** Asks the name service, in a turn of the event loop of its own. Undefined: no account has exactly this name. */
export const findAccount: AccountLookup = async (name) => {
  await ownTurn()
  return askForAccount(name)
}

const remembered = rememberingLookup(findAccount)

/** @throws SpawnError when the host has no account of this name */
export async function accountNamed(name: string): Promise<Account> {
  const account = await remembered(name)
  if (account !== undefined) return account
  throw new SpawnError({
    reason: 'no_account',
    statusCode: 500,
    message: `There is no account ${name} on the host. Ask your administrator to create one.`,
  })
}
