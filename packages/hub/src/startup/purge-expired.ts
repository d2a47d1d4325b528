import type { Foundation } from '../assemble/foundation.js'
import * as codeStore from '../oauth/code-store.js'
import * as shareCodeStore from '../shares/share-code-store.js'
import * as shareStore from '../shares/share-store.js'
import * as tokenStore from '../tokens/token-store.js'

/** Deletes tokens, codes and shares whose time is over; none of them has been accepted any more for that long. */
export async function purgeExpired({
  database,
  clock,
  access,
  log,
}: Pick<Foundation, 'database' | 'clock' | 'access' | 'log'>): Promise<void> {
  const now = clock.now()
  const removed = await database.write(async (tx) => {
    await codeStore.purgeExpired(tx, now)
    return {
      tokens: (await tokenStore.purgeExpired(tx, now)).length,
      shares: await shareStore.purgeExpired(tx, now),
      shareCodes: await shareCodeStore.purgeExpired(tx, now),
    }
  })
  if (removed.tokens + removed.shares + removed.shareCodes === 0) return
  access.bump()
  log.debug('removed what has expired', removed)
}
