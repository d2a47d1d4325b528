import { accountLike, findAccount, groupsOfAccount, hasGroup, listAccounts } from '@hub/api/accounts'

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

/** Those of the name service. */
export const systemAccounts: SystemAccounts = { find: findAccount, groupsOf: groupsOfAccount, hasGroup }

/** The account's own spelling of a name, as directories that ignore case have it. */
export async function canonicalAccountName(name: string): Promise<string | undefined> {
  return (await accountLike(name))?.name
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
    this.#listed = new Map((await listAccounts()).map((one) => [one.name, one]))
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
