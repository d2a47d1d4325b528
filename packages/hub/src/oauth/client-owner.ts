import type { Issuer } from '../access/owner.js'
import { issuerOf } from '../access/permission-facts.js'
import type { Sql } from '../database/index.js'

/** What an OAuth client stands for, and how its users are asked. */
export interface ClientOwner {
  readonly issuer: Issuer
  /** The administrator vouches for it: nobody is asked (`oauth_no_confirm`). */
  readonly isTrusted: boolean
}

export async function clientOwner(sql: Sql, clientId: string): Promise<ClientOwner> {
  const issuer = await issuerOf(sql, clientId)
  if (issuer.kind !== 'service') return { issuer, isTrusted: false }
  const [row] = await sql.all<{ oauth_no_confirm: number | boolean | null }>(
    'SELECT oauth_no_confirm FROM services WHERE oauth_client_id = ?',
    [clientId],
  )
  return { issuer, isTrusted: Boolean(row?.oauth_no_confirm) }
}
