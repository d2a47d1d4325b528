import { CodedError } from '@hub/api'
import { SpawnError } from '@hub/spawner'

const CODES = new Set(['ENOSPC', 'EDQUOT'])
/** As programs print it. */
const TEXT = /no space left on device|disk quota exceeded/i

/** A start that failed because something could not be written is told as that, wherever the spawner wrote; other errors stay what they are. */
export function diskFullInstead(error: unknown): unknown {
  if (error instanceof CodedError || !isDiskFull(error)) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new SpawnError({
    reason: 'disk_full',
    statusCode: 500,
    message:
      'The server could not be started: a disk of its host is full. Make room in your home, or tell your administrator.',
    logMessage: `A disk is full, or a quota used up: ${detail}`,
    cause: error,
  })
}

function isDiskFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (('code' in at && CODES.has(String(at.code))) || TEXT.test(at.message)) return true
  return false
}
