import type { Configurable, ValuesOf } from '@hub/config'
import { OAuthenticator } from '../oauthenticator.js'
import { azureAdConfigurable } from './entra-config.js'

/** @see oauthenticator's `AzureAdOAuthenticator` */
export class AzureAdOAuthenticator extends OAuthenticator<ValuesOf<typeof azureAdConfigurable>> {
  static override readonly configurable: Configurable = azureAdConfigurable
  protected override readonly userStateKey = 'user'

  override checkAllowConfig(): readonly string[] {
    const { tenant_id: tenant, username_claim: claim, allow_all: all } = this.config
    const warnings = [...super.checkAllowConfig()]
    if (claim === 'name') {
      warnings.push(
        'AzureAdOAuthenticator.username_claim is "name": people choose it themselves, and so can take the name of somebody else.',
      )
    }
    if (['common', 'organizations', 'consumers'].includes(tenant) && all) {
      warnings.push(
        'AzureAdOAuthenticator.tenant_id lets in every account of Microsoft, because Authenticator.allow_all is set.',
      )
    }
    return warnings
  }
}
