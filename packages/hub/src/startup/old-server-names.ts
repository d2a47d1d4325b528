import type { Log } from '@hub/api'
import { HubError } from '../http/hub-error.js'
import type { Database } from '../database/index.js'
import { hashedSlug, safeSlug } from '../servers/safe-slug.js'
import { isValidServerName, quoted } from '../servers/server-name.js'
import * as serverStore from '../servers/server-store.js'
import { respellShares } from '../shares/respell-shares.js'

/** What becomes of servers whose names were allowed before release 6. */
export type OldNames = 'allow-start' | 'allow-delete' | 'autorename'

/**
 * Finds named servers whose names cannot be any more; with `autorename` gives each a new one, and keeps the old one for people.
 *
 * @throws HubError when such a server has a display name already: then two releases have had the database in turns
 */
export async function checkOldServerNames(database: Database, oldNames: OldNames, log: Log): Promise<void> {
  const named = (await serverStore.listNamed(database.read)).filter(({ name }) => !isValidServerName(name))
  if (named.length === 0) return
  const odd = named.find(({ displayName }) => displayName !== null && displayName !== '')
  if (odd !== undefined) {
    throw new HubError(
      'old_server_name',
      500,
      `The server ${quoted(odd.name)} of ${odd.userName} has a name that is not allowed, and a display name as well. ` +
        'Rename it in the table spawners (a–z, 0–9 and single hyphens, at most 30), and start again.',
    )
  }
  if (oldNames !== 'autorename') {
    log.warn('servers have names that are not allowed any more; see allow_existing_invalid_named_servers', {
      servers: named.length,
      do: oldNames === 'allow-start' ? 'they can be started, stopped and deleted' : 'they can be stopped and deleted',
    })
    return
  }
  for (const server of named) {
    if (server.started === null) await rename(server, database, log)
    else
      log.error('a server that runs keeps its name, which is not allowed any more; stop it and restart the hub', {
        user: server.userName,
        server: server.name,
      })
  }
}

async function rename(server: serverStore.ServerRecord, database: Database, log: Log): Promise<void> {
  const name = await database.write(async (tx) => {
    await serverStore.lockServersOf(tx, server.userId)
    const plain = safeSlug(server.name)
    const isTaken = (await serverStore.find(tx, server.userId, plain)) !== undefined
    const chosen = isTaken ? hashedSlug(server.name) : plain
    await serverStore.update(tx, server.id, { name: chosen, displayName: server.name })
    await respellShares(tx, server.userId)
    return chosen
  })
  log.info('a server got a name that is allowed', { user: server.userName, from: server.name, to: name })
}
