import { CodedError } from '@hub/api'
import type { CommandContext } from '../cli.js'
import { jupyterHub } from '../config/jupyterhub.js'
import { redactDatabaseUrl, upgradeDatabase } from '../database/index.js'
import { hubLog } from './hub-log.js'

/** `jupyterhub upgrade-db`. */
export async function upgradeDb({ config }: CommandContext): Promise<number> {
  const log = hubLog(config)
  const { db_url: url } = config.valuesOf(jupyterHub)
  try {
    const { from, backupFile } = await upgradeDatabase({ url, log, now: new Date() })
    const copy = backupFile === undefined ? {} : { backup: backupFile }
    log.info(`${redactDatabaseUrl(url)} is up to date`, { ...(from === undefined ? {} : { from }), ...copy })
    return 0
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    log.error(error.message, { code: error.code })
    return 1
  }
}
