import type { LoadedConfig } from '@hub/config'
import { createLogger, fileSink, type Logger, type LogSink, parseLogLevel, stderrSink } from '@hub/daemon'
import { jupyterHub } from '../config/jupyterhub.js'

/** The hub's log, on standard error and perhaps in a file, as configured. */
export function hubLog(config: LoadedConfig): Logger {
  const values = config.valuesOf(jupyterHub)
  const { log_level: level, log_format: format, extra_log_file: file } = values
  return createLogger({
    name: 'JupyterHub',
    format: format === 'json' ? 'json' : 'text',
    level: parseLogLevel(level) ?? 'info',
    sinks: [stderrSink, ...(file === '' ? [] : [fileSink({ file })]), ...values.extra_log_handlers.map(guarded)],
  })
}

/** What a handler throws must not come back as one more line for it. */
function guarded(handler: (line: string, level: string) => unknown): LogSink {
  return (line, level) => {
    try {
      handler(line, level)
    } catch (error) {
      process.stderr.write(`a function of JupyterHub.extra_log_handlers failed: ${String(error)}\n`)
    }
  }
}
