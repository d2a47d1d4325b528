import { formatFields, type LineFormat, stacksOf } from '@hub/daemon'

/** `<ISO time> [ConfigProxy] <level>: <text>`, which tools wait for. */
export const proxyLine: LineFormat = ({ level, event, fields, time }) =>
  `${time.toISOString()} [ConfigProxy] ${level}: ${event}${formatFields(fields)}${level === 'error' ? stacksOf(fields) : ''}`
