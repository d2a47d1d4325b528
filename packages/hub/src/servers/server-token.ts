import type { Transaction } from '../database/index.js'
import * as serverStore from './server-store.js'

/** Whose tokens go with a server: its own, which is its user's, and those that visitors got through its OAuth client. */
export interface ServerTokens {
  readonly userId: number
  readonly clientId: string | null
}

/** Note of a server's own token; such tokens do not count as activity of their user. */
export const serverTokenNote = (servicePrefix: string): string => `Server at ${servicePrefix}`

/**
 * Removes what a start had written besides the server itself: its token, its OAuth client and so the tokens that
 * browsers got through it, and its address. The token is found by its note, for after a restart the hub no longer knows it.
 */
export async function forgetLaunch(tx: Transaction, spawnerId: number, servicePrefix: string): Promise<void> {
  await tx.run(
    "DELETE FROM api_tokens WHERE client_id = 'jupyterhub' AND note = ? AND user_id = (SELECT user_id FROM spawners WHERE id = ?)",
    [serverTokenNote(servicePrefix), spawnerId],
  )
  await tx.run('DELETE FROM oauth_clients WHERE identifier = (SELECT oauth_client_id FROM spawners WHERE id = ?)', [
    spawnerId,
  ])
  await serverStore.detachAddress(tx, spawnerId)
}
