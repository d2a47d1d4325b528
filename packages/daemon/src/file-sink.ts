import { createRequire } from 'node:module'
import type * as Winston from 'winston'
import type { LogSink } from './logger.js'

export interface FileSinkOptions {
  readonly file: string
  /** A full file is moved aside at this size; unset: never. */
  readonly maxBytes?: number
  /** Rotated files that are kept. */
  readonly maxFiles?: number
}

/** A log file, rotated by size, written by winston; the library is loaded when the first file sink is made. */
export function fileSink({ file, maxBytes, maxFiles }: FileSinkOptions): LogSink & { close(): void } {
  const require = createRequire(import.meta.url)
  // A static import would load winston for every daemon; its types alone cost nothing.
  const winston = require('winston') as typeof Winston
  const transport = new winston.transports.File({
    filename: file,
    ...(maxBytes === undefined ? {} : { maxsize: maxBytes }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
    tailable: true,
    format: winston.format.printf((info) => String(info.message)),
  })
  const logger = winston.createLogger({ level: 'silly', transports: [transport] })
  // Lines arrive filtered; 'info' is only what winston wants to see.
  const sink: LogSink = (line) => void logger.log('info', line)
  return Object.assign(sink, { close: () => void logger.close() })
}
