import type { AccessVersion } from '../access/access-version.js'
import type { Database } from '../database/index.js'
import * as serverStore from '../servers/server-store.js'
import * as codeStore from './share-code-store.js'
import * as shareStore from './share-store.js'

/** What a code is for. */
export interface Invitation {
  readonly code: codeStore.ShareCode
  readonly record: serverStore.ServerRecord
}

/** The invitation behind an unexpired code. */
export async function findInvitation(code: string, now: Date, { read }: Database): Promise<Invitation | undefined> {
  const found = await codeStore.findByCode(read, code, now)
  const record = found && (await serverStore.findById(read, found.spawnerId))
  return found && record && { code: found, record }
}

/**
 * Shares the server with the user who has the code.
 *
 * @returns whether the code could still be used when it came to that
 */
export async function exchangeCode(
  { code, record }: Invitation,
  userId: number,
  { database, access, now }: { readonly database: Database; readonly access: AccessVersion; readonly now: Date },
): Promise<boolean> {
  const isExchanged = await database.write(async (tx) => {
    if (!(await shareStore.lockSharesOf(tx, record.id))) return false
    if (!(await codeStore.countExchange(tx, code.id, now))) return false
    await shareStore.grant(tx, {
      spawnerId: record.id,
      ownerId: record.userId,
      recipient: { userId },
      scopes: code.scopes,
      now,
    })
    return true
  })
  if (isExchanged) access.bump()
  return isExchanged
}
