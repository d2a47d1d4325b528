import type { PendingLogin } from '../oauth/pending-logins.js'

type Stored = (error: Error | null, state?: string) => void
type Verified = (error: Error | null, ok?: string | false, info?: object) => void

/**
 * Gives passport-oauth2 the state that the hub has made and keeps in the browser. It counts parameters to tell stores apart.
 *
 * @see passport-oauth2 `StateStore`
 */
export class PendingLoginStore {
  constructor(readonly login: PendingLogin) {}

  store(_request: unknown, _state: unknown, _meta: unknown, done: Stored): void {
    done(null, this.login.state)
  }

  /** The verifier goes along with the code, as the proof that the login was begun here. */
  verify(_request: unknown, state: string, done: Verified): void {
    done(null, state === this.login.state ? this.login.verifier : false, { message: 'The state does not match.' })
  }
}
