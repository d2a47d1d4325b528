import type { LoadedConfig } from '@hub/config'
import { createLogger, type Logger, parseLogLevel } from '@hub/daemon'
import { jupyterHub } from '../config/jupyterhub.js'

/** The hub's log, on standard error, as configured. */
export function hubLog(config: LoadedConfig): Logger {
  const { log_level: level, log_format: format } = config.valuesOf(jupyterHub)
  return createLogger({ name: 'JupyterHub', format: format === 'json' ? 'json' : 'text', level: parseLogLevel(level) ?? 'info' })
}
