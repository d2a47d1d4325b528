import type { LoadedConfig } from '@hub/config'
import { createLogger, fileSink, type Logger, parseLogLevel, stderrSink } from '@hub/daemon'
import { jupyterHub } from '../config/jupyterhub.js'

/** The hub's log, on standard error and perhaps in a file, as configured. */
export function hubLog(config: LoadedConfig): Logger {
  const { log_level: level, log_format: format, extra_log_file: file } = config.valuesOf(jupyterHub)
  return createLogger({
    name: 'JupyterHub',
    format: format === 'json' ? 'json' : 'text',
    level: parseLogLevel(level) ?? 'info',
    sinks: file === '' ? [stderrSink] : [stderrSink, fileSink({ file })],
  })
}
