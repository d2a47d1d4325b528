import { type Configurable, defineConfigurable } from '@hub/config'
import { Authenticator } from '../authenticator.js'
import { authenticatorConfigurable } from '../authenticator-config.js'
import type { AuthResult } from '../contract.js'

export const nullConfigurable = defineConfigurable({
  name: 'NullAuthenticator',
  help: 'Nobody logs in on a page: the hub is used with tokens only.',
  aliases: ['jupyterhub.auth.NullAuthenticator', 'jupyterhub.authenticators.null.NullAuthenticator'],
  parent: authenticatorConfigurable,
  fixed: { auto_login: true },
  traits: {},
})

/** @see JupyterHub `NullAuthenticator` */
export class NullAuthenticator extends Authenticator {
  static override readonly configurable: Configurable = nullConfigurable
  override readonly hasLoginPage = false

  override authenticate(): Promise<AuthResult> {
    return Promise.resolve(null)
  }

  /** That nobody may log in is what it is for. */
  override checkAllowConfig(): readonly string[] {
    return []
  }
}
