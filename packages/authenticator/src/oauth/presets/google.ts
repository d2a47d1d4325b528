import type { JsonObject } from '@hub/api'
import type { Configurable, ValuesOf } from '@hub/config'
import { AuthenticationError } from '../../authentication-error.js'
import { OAuthenticator } from '../oauthenticator.js'
import { googleConfigurable, hostedDomains } from './google-config.js'

/** @see oauthenticator's `GoogleOAuthenticator` */
export class GoogleOAuthenticator extends OAuthenticator<ValuesOf<typeof googleConfigurable>> {
  static override readonly configurable: Configurable = googleConfigurable
  protected override readonly userStateKey = 'google_user'

  override checkAllowConfig(): readonly string[] {
    const warnings = super.checkAllowConfig()
    const { strip_domain: strips, hosted_domain: domains } = this.config
    if (!strips || hostedDomains(domains).length === 1) return warnings
    return [
      ...warnings,
      'GoogleOAuthenticator.strip_domain without a single hosted_domain makes ada@one.example and ada@two.example the same user.',
    ]
  }

  protected override usernameOf(user: JsonObject): string | undefined {
    const domains = hostedDomains(this.config.hosted_domain)
    const email = typeof user['email'] === 'string' ? user['email'].toLowerCase() : ''
    const domain = email.slice(email.lastIndexOf('@') + 1)
    if (user['email_verified'] !== true) throw new AuthenticationError('Your e-mail address is not verified at Google.')
    // Google says the domain of an organisation's account; an address alone may belong to a private one.
    if (domains.length > 0 && !(domains.includes(domain) && user['hd'] === domain)) {
      throw new AuthenticationError(`Only accounts of ${domains.join(', ')} may log in.`)
    }
    const name = super.usernameOf(user)
    return this.config.strip_domain ? name?.replace(/@[^@]*$/, '') : name
  }
}
