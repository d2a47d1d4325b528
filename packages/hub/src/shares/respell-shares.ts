import { shareCodes } from '../database/entities/share-code.js'
import { shares } from '../database/entities/share.js'
import type { Transaction } from '../database/sql.js'
import { restrictedTo } from './share-scopes.js'

/**
 * Writes the scopes of a user's shares and share codes anew, after the user or one of the servers was renamed. This hub reads
 * them rightly anyway; the tables are also for Python's, which takes them by the letter.
 */
export async function respellShares(tx: Transaction, ownerId: number): Promise<void> {
  for (const table of [shares, shareCodes]) {
    const rows = await tx.all<{ id: number; scopes: string | null; owner_name: string; server_name: string }>(
      `SELECT t.id, t.scopes, o.name AS owner_name, s.name AS server_name FROM ${table.name} t ` +
        'JOIN spawners s ON s.id = t.spawner_id JOIN users o ON o.id = s.user_id WHERE s.user_id = ?',
      [ownerId],
    )
    for (const row of rows) {
      const server = { ownerName: row.owner_name, serverName: row.server_name }
      const scopes = restrictedTo(server, table.columns.scopes.decode(row.scopes))
      await tx.run(`UPDATE ${table.name} SET scopes = ? WHERE id = ?`, [JSON.stringify(scopes), row.id])
    }
  }
}
