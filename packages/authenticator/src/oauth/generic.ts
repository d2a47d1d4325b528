import type { Configurable, ValuesOf } from '@hub/config'
import { genericConfigurable } from './oauth-config.js'
import { OAuthenticator } from './oauthenticator.js'

/** @see oauthenticator's `GenericOAuthenticator` */
export class GenericOAuthenticator extends OAuthenticator<ValuesOf<typeof genericConfigurable>> {
  static override readonly configurable: Configurable = genericConfigurable
}
