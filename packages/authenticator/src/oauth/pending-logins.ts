import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { JsonObject } from '@hub/api'
import type { LoginRouteRequest } from '../contract.js'

/** What the hub needs to know again when somebody comes back from the login service. */
export interface PendingLogin {
  readonly state: string
  readonly verifier: string
  readonly nonce: string
  /** Where the person wanted to go. */
  readonly next: string
}

const COOKIE = 'oauth'
const LIFETIME_SECONDS = 600
/** Tabs that log in at the same time. More would let other sites fill the browser's cookie jar. */
const MOST_PENDING = 4
const STATE = /^[\w-]{43}$/

/** Remembers in the browser itself which logins it has begun: nobody can finish a login in somebody else's browser. */
export const pendingLogins = {
  begin(request: LoginRouteRequest): PendingLogin {
    const login = { state: random(), verifier: random(), nonce: random(), next: request.next ?? '' }
    keep(request, [...read(request), login].slice(-MOST_PENDING))
    return login
  },

  /** The login that was begun with this state, once; undefined when it was not begun here, or long ago. */
  take(request: LoginRouteRequest, state: string | undefined): PendingLogin | undefined {
    const all = read(request)
    const found = all.find((login) => state !== undefined && isSame(login.state, state))
    const others = all.filter((login) => login !== found)
    if (others.length > 0) keep(request, others)
    return found
  },
}

function read(request: LoginRouteRequest): readonly PendingLogin[] {
  const kept = request.takeSealedCookie(COOKIE)?.['pending']
  return Array.isArray(kept) ? kept.map(asLogin).filter((login) => login !== undefined) : []
}

function keep(request: LoginRouteRequest, logins: readonly PendingLogin[]): void {
  request.setSealedCookie(COOKIE, { pending: logins.map((login) => ({ ...login })) }, LIFETIME_SECONDS)
}

function asLogin(value: unknown): PendingLogin | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { state, verifier, nonce, next } = value as JsonObject // sealed by `keep`
  return typeof state === 'string' &&
    typeof verifier === 'string' &&
    typeof nonce === 'string' &&
    typeof next === 'string'
    ? { state, verifier, nonce, next }
    : undefined
}

function isSame(one: string, other: string): boolean {
  return STATE.test(other) && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

const random = (): string => randomBytes(32).toString('base64url')
