import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppPlace } from './app-command.js'

const LOOK_MS = 5_000
const FIRST_WAIT_MS = 50
const LAST_WAIT_MS = 1_000

/** Asks the app until it answers with a status below 500. Ends early with the signal. */
export async function untilReady(place: AppPlace, path: string, signal: AbortSignal): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 1.5, LAST_WAIT_MS)) {
    if ((await statusOf(place, path, signal)) < 500) return
    await sleep(waitMs, undefined, { signal }).catch(() => undefined)
  }
}

/** 599 when there is no answer. */
function statusOf(place: AppPlace, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const target = place.socket === '' ? { host: place.host, port: place.port } : { socketPath: place.socket }
    const asked = request(
      { ...target, path, signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]), agent: false },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 599)
      },
    )
    asked.on('error', () => resolve(599))
    asked.end()
  })
}
