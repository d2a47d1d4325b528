import type { JsonObject } from '@hub/api'
import type { AccessVersion } from '../access/access-version.js'
import type { Database } from '../database/index.js'
import type { Sql } from '../database/sql.js'
import { badRequest, conflict, notFound } from '../http/hub-error.js'
import type { User } from '../users/user-store.js'
import { admitNamedServer, type NamedServerSettings } from './admission.js'
import { respellShares } from '../shares/respell-shares.js'
import { createServerRow } from './find-server.js'
import { checkDisplayName } from './server-name.js'
import { isActive } from './server-phase.js'
import * as serverStore from './server-store.js'
import type { Servers } from './servers.js'

export interface RenameRequest {
  readonly user: User
  readonly serverName: string
  readonly change: {
    readonly name?: string | undefined
    readonly display_name?: string | undefined
    readonly user_options?: Readonly<Record<string, unknown>> | undefined
  }
}

export interface RenameDeps {
  readonly database: Database
  readonly servers: Servers
  readonly named: NamedServerSettings
  readonly access: AccessVersion
}

/**
 * Changes name, display name or stored options of a stopped server.
 *
 * @returns the server as it is afterwards
 * @throws HubError 400 when it is active or the change is not allowed, 404, 409 when the new name is taken
 */
export async function renameServer(request: RenameRequest, deps: RenameDeps): Promise<serverStore.ServerRecord> {
  const { user, serverName, change } = request
  const { database, servers } = deps
  if (change.name !== undefined) {
    // Renaming the default server makes room for a new one, so the count grows.
    await admitNamedServer(
      { user, serverName: change.name, exists: false, checkLimit: serverName === '' },
      deps.named,
      database.read,
    )
  } else if (change.display_name !== undefined && change.display_name !== '') {
    await admitNamedServer({ user, serverName, exists: true, checkLimit: false }, deps.named, database.read)
  }
  const displayName =
    change.display_name === undefined || change.display_name === '' ? undefined : checkDisplayName(change.display_name)
  const record = await serverStore.find(database.read, user.id, serverName)
  if (record === undefined) throw notFound()
  if (isActive(record.life.phase) || servers.pendingOf(record) !== null) {
    throw badRequest('Stop the server before you change it.', 'server_active')
  }
  const { name } = change
  if (name !== undefined) await assertFree(user, name, database.read)
  const live = await servers.adopt(record)
  if (name !== undefined) {
    live.work = { kind: 'renaming' }
    try {
      await live.spawner.rename(serverName, name)
    } finally {
      live.work = undefined
    }
  }
  await database.write(async (tx) => {
    if (name !== undefined) {
      // Somebody may have taken the name while the hook ran.
      await serverStore.lockServersOf(tx, user.id)
      await assertFree(user, name, tx)
    }
    await serverStore.update(tx, record.id, {
      ...(name === undefined ? {} : { name }),
      ...(displayName === undefined ? {} : { displayName }),
      ...(change.user_options === undefined ? {} : { userOptions: change.user_options as JsonObject }), // parsed from JSON
    })
    if (name !== undefined) await respellShares(tx, user.id)
  })
  if (name !== undefined) deps.access.bump()
  servers.forget(record.id)
  if (serverName === '' && name !== undefined) await createServerRow(database, { user, name: '', displayName: '' })
  return (await serverStore.findById(database.read, record.id)) ?? record
}

async function assertFree(user: User, name: string, sql: Sql): Promise<void> {
  const taken = await serverStore.find(sql, user.id, name)
  if (taken !== undefined || name === '')
    throw conflict(`${user.name} has a server of that name already.`, 'server_exists')
}
