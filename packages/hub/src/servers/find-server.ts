import type { JsonObject } from '@hub/api'
import type { Database, Sql } from '../database/index.js'
import { newServerRecord } from '../database/server-record.js'
import { notFound } from '../http/hub-error.js'
import * as userStore from '../users/user-store.js'
import type { User } from '../users/user-store.js'
import * as serverStore from './server-store.js'

/** @throws HubError 404 */
export async function requireUser(database: Database, name: string): Promise<User> {
  const user = await userStore.findByName(database.read, name)
  if (user === undefined) throw notFound()
  return user
}

/** The server of a user, or undefined; the default server has a row as soon as somebody asks for it. */
export async function findServer(
  database: Database,
  user: User,
  serverName: string,
): Promise<serverStore.ServerRecord | undefined> {
  const found = await serverStore.find(database.read, user.id, serverName)
  return (
    found ??
    (serverName === '' ? (await createServerRow(database, { user, name: '', displayName: '' })).record : undefined)
  )
}

export interface NewServerRow {
  readonly user: Pick<User, 'id' | 'name'>
  readonly name: string
  readonly displayName: string
  readonly userOptions?: JsonObject | null
  /** Looks once more whether there may be another one, now that nobody else can make one. @throws HubError */
  readonly admit?: (sql: Sql) => Promise<void>
}

/** Makes the row of a server that is not started. Two at the same time make one. */
export async function createServerRow(
  database: Database,
  { user, name, displayName, userOptions = null, admit }: NewServerRow,
): Promise<{ readonly record: serverStore.ServerRecord; readonly isNew: boolean }> {
  return database.write(async (tx) => {
    await serverStore.lockServersOf(tx, user.id)
    const existing = await serverStore.find(tx, user.id, name)
    if (existing !== undefined) return { record: existing, isNew: false }
    await admit?.(tx)
    const made = await serverStore.create(tx, { userId: user.id, name, displayName, userOptions })
    return { record: newServerRecord(made, user.name), isNew: true }
  })
}
