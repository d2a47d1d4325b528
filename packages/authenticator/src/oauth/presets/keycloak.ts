import type { Configurable, ValuesOf } from '@hub/config'
import { OAuthenticator } from '../oauthenticator.js'
import { keycloakConfigurable } from './keycloak-config.js'

export class KeycloakOAuthenticator extends OAuthenticator<ValuesOf<typeof keycloakConfigurable>> {
  static override readonly configurable: Configurable = keycloakConfigurable
}
