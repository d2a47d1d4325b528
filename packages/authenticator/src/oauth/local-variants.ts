import type { Configurable } from '@hub/config'
import type { AuthenticatorContext } from '../contract.js'
import type { AccountConfig } from '../local/local-config.js'
import { AccountMaker } from '../local/make-account.js'
import { systemAccounts } from '../local/system-accounts.js'
import type { OAuthConfig } from './oauth-config.js'
import type { OAuthenticator } from './oauthenticator.js'

type LocalConfig = OAuthConfig & AccountConfig
type OAuthClass = new (context: AuthenticatorContext<LocalConfig>) => OAuthenticator<LocalConfig>

/** The class, with the accounts of its users made where they are missing. */
export function withSystemAccounts(
  Base: OAuthClass,
  configurable: Configurable,
): OAuthClass & { configurable: Configurable } {
  const WithAccounts = class extends Base {
    static readonly configurable: Configurable = configurable
    readonly #maker = new AccountMaker(this.config, systemAccounts, this.log)

    override async addUser(user: { readonly name: string }): Promise<void> {
      await super.addUser(user)
      await this.#maker.ensure(user.name)
    }
  }
  Object.defineProperty(WithAccounts, 'name', { value: configurable.name })
  return WithAccounts
}
