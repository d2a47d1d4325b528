import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@hub/api'

/** Certificates the hub shows to, and expects from, servers with internal TLS. */
export type ClientTls = Pick<RequestOptions, 'key' | 'cert' | 'ca'>

export interface UpCheck {
  /** Any answer below 500 from here means the server is up. */
  readonly url: URL
  readonly tls?: ClientTls
  readonly log: Log
  readonly random?: () => number
}

const headStartMs = 10
const firstWaitMs = 50
/** What a person may wait in vain after their server is up: short, for a look costs a fifth of a millisecond. */
const longestWaitMs = 1_000
/** One try must not eat the whole deadline: a process that accepts and never answers is asked again. */
const perTryMs = 10_000

/**
 * Asks a server until it answers with a status below 500. Redirects are not followed.
 *
 * @returns the version the server says it has, `null` when it says none
 * @throws the signal's reason when it is aborted first
 */
export async function waitUntilUp(check: UpCheck, signal: AbortSignal): Promise<string | null> {
  const random = check.random ?? Math.random
  // The program has only just been started: asked at once it is hardly ever there.
  await delay(headStartMs, undefined, { signal }).catch(() => {
    signal.throwIfAborted()
  })
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 1.5, longestWaitMs)) {
    signal.throwIfAborted()
    const answer = await ask(check, AbortSignal.any([signal, AbortSignal.timeout(perTryMs)])).catch(() => null)
    if (answer !== null && answer.status < 500) return answer.version
    if (answer !== null)
      check.log.warn('server answers, but with an error', { url: check.url.href, status: answer.status })
    // Full jitter, with a floor: refused connections cost nothing, but two hundred of them in step would.
    await delay(wait * (0.3 + 0.7 * random()), undefined, { signal }).catch(() => {
      signal.throwIfAborted() // the reason says more than that a timer was aborted
    })
  }
}

interface Answer {
  readonly status: number
  readonly version: string | null
}

function ask({ url, tls }: UpCheck, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, { agent: false, signal, ...tls }, (response) => {
      const version = response.headers['x-jupyterhub-version']
      resolve({ status: response.statusCode ?? 500, version: typeof version === 'string' ? version : null })
      response.destroy()
    })
    request.on('error', reject)
    request.end()
  })
}
