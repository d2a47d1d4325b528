import { hubClientId } from '../access/permission-facts.js'
import type { Transaction } from '../database/index.js'
import * as clientStore from '../oauth/client-store.js'

/** The OAuth client that tokens belong to which nobody's OAuth has made. */
export async function storeHubClient(tx: Transaction): Promise<void> {
  await clientStore.upsert(tx, {
    identifier: hubClientId,
    description: 'JupyterHub',
    secret: '',
    redirectUri: '',
    allowedScopes: [],
  })
}
