import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { type Account, parsePasswdLine } from '@hub/api/accounts'

/** The account the tests run as, and (for root only) one that they can become. */
export const accounts: { readonly self: Account; readonly other: Account | undefined } = {
  self: accountOf(userInfo().username),
  other: process.getuid?.() === 0 ? accountOf('nobody') : undefined,
}

function accountOf(name: string): Account {
  const account = parsePasswdLine(execFileSync('getent', ['passwd', name], { encoding: 'utf8' }))
  if (account === undefined) throw new Error(`The tests need an account ${name}`)
  return account
}
