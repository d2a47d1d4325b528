import type { Foundation } from '../assemble/foundation.js'
import * as codeStore from '../oauth/code-store.js'
import * as tokenStore from '../tokens/token-store.js'

/** Deletes tokens, codes and shares whose time is over; none of them has been accepted any more for that long. */
export async function purgeExpired({
  database,
  clock,
  access,
  log,
}: Pick<Foundation, 'database' | 'clock' | 'access' | 'log'>): Promise<void> {
  const now = clock.now()
  const tokens = await database.write(async (tx) => {
    await codeStore.purgeExpired(tx, now)
    return tokenStore.purgeExpired(tx, now)
  })
  if (tokens.length === 0) return
  access.bump()
  log.debug('removed expired tokens', { tokens: tokens.length })
}
