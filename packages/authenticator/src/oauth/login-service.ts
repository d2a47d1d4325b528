import type { JsonObject } from '@hub/api'
import type { PendingLogin } from './pending-logins.js'

/** What a login service hands out, and what it says about the person. */
export interface ServiceLogin {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** Only where it was checked. */
  readonly idToken: string | undefined
  readonly scope: readonly string[]
  /** The whole answer. */
  readonly tokenResponse: JsonObject
  /** Claims of the checked id token. */
  readonly claims: JsonObject | undefined
  /** What the service has said about the person on the way; undefined: it has to be asked. */
  readonly user: JsonObject | undefined
}

/** One way to a login service and back. */
export interface LoginService {
  /** Where the browser is sent. */
  authorizeUrl(login: PendingLogin, callbackUrl: string, signal: AbortSignal): Promise<string>
  /**
   * @param returned - the callback URL with what the service has added
   * @throws AuthenticationError when the service says no
   */
  finish(login: PendingLogin, returned: URL, signal: AbortSignal): Promise<ServiceLogin>
  /** A new token for an old one's refresh token; undefined where there is no such way. */
  refresh?(refreshToken: string, signal: AbortSignal): Promise<ServiceLogin>
  /** Asks who a token belongs to. */
  userOf(accessToken: string, claims: JsonObject | undefined, signal: AbortSignal): Promise<JsonObject>
  /** Where the browser is sent to end the session there; undefined where there is none. */
  endSessionUrl?(idToken: string | undefined, backTo: string, signal: AbortSignal): Promise<string | undefined>
}
