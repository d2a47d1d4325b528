import type { Configurable } from '@hub/config'
import { Authenticator } from '../authenticator.js'
import type { AuthenticatorContext, AuthModel } from '../contract.js'
import { type LocalAuthenticatorConfig, localAuthenticatorConfigurable } from './local-config.js'
import { AccountMaker } from './make-account.js'
import { ListedAccounts } from './system-accounts.js'

/**
 * Base of authenticators whose users have accounts on this host: makes accounts that are missing, lets in members of groups.
 *
 * @see JupyterHub `LocalAuthenticator`
 */
export abstract class LocalAuthenticator<
  Config extends LocalAuthenticatorConfig = LocalAuthenticatorConfig,
> extends Authenticator<Config> {
  static override readonly configurable: Configurable = localAuthenticatorConfigurable

  /** Where accounts and groups are looked up. */
  protected readonly accounts = new ListedAccounts()
  readonly #maker: AccountMaker

  constructor(context: AuthenticatorContext<Config>) {
    super(context)
    this.#maker = new AccountMaker(context.config, this.accounts, context.log)
  }

  override async start(signal: AbortSignal): Promise<void> {
    await super.start(signal)
    await this.accounts.prefetch()
    await this.lookForGroups('allowed_groups', this.config.allowed_groups)
  }

  /** Says which groups of an option this host does not have: nobody gets in, or becomes an administrator, by them. */
  protected async lookForGroups(option: string, groups: ReadonlySet<string>): Promise<void> {
    for (const group of groups)
      if (!(await this.accounts.hasGroup(group))) this.log.error(`No such group: [${group}]`, { option })
  }

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    return (await super.checkAllowed(name, model)) || (await this.isMemberOfAny(name, this.config.allowed_groups))
  }

  override async addUser(user: { readonly name: string }): Promise<void> {
    await super.addUser(user)
    await this.#maker.ensure(user.name)
  }

  /** Whether the account is in one of the groups of this host, its primary group included. */
  protected async isMemberOfAny(name: string, groups: ReadonlySet<string>): Promise<boolean> {
    if (groups.size === 0) return false
    return (await this.accounts.groupsOf(name)).some((group) => groups.has(group))
  }
}
