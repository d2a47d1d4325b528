import type { Log } from '@hub/api'
import type { LoadedConfig } from '@hub/config'
import { hubSettings } from '../assemble/hub-settings.js'
import { openInternalTls } from '../assemble/internal-tls.js'

/** Makes the certificates that `internal_ssl` works with, and says where they are. */
export async function generateCerts(config: LoadedConfig, log: Log): Promise<number> {
  const settings = hubSettings(config)
  if (!settings.hub.internal_ssl) {
    log.warn('JupyterHub.internal_ssl is off: the certificates are made, and not used before it is on')
  }
  const { directory } = await openInternalTls(settings, () => new Date())
  log.info(`Certificates generated in directory ${directory}`)
  return 0
}
