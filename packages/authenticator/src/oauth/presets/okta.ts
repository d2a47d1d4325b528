import type { Configurable, ValuesOf } from '@hub/config'
import { OAuthenticator } from '../oauthenticator.js'
import { oktaConfigurable } from './okta-config.js'

export class OktaOAuthenticator extends OAuthenticator<ValuesOf<typeof oktaConfigurable>> {
  static override readonly configurable: Configurable = oktaConfigurable
}
