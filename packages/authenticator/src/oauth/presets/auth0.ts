import type { JsonObject } from '@hub/api'
import type { Configurable, ValuesOf } from '@hub/config'
import { AuthenticationError } from '../../authentication-error.js'
import { OAuthenticator } from '../oauthenticator.js'
import { auth0Configurable } from './auth0-config.js'

/** @see oauthenticator's `Auth0OAuthenticator` */
export class Auth0OAuthenticator extends OAuthenticator<ValuesOf<typeof auth0Configurable>> {
  static override readonly configurable: Configurable = auth0Configurable
  protected override readonly userStateKey = 'auth0_user'

  protected override usernameOf(user: JsonObject): string | undefined {
    const { username_claim: claim, allow_unverified_email: allowsUnverified } = this.config
    if (claim !== 'email') return super.usernameOf(user)
    if (!allowsUnverified && user['email_verified'] !== true)
      throw new AuthenticationError('Your e-mail address is not verified. Verify it first.')
    return super.usernameOf({ ...user, email_verified: true })
  }
}
