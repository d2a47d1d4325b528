import { type Configurable, defineConfigurable, trait, type ValuesOf } from '@hub/config'
import { Authenticator } from '../authenticator.js'
import { authenticatorConfigurable } from '../authenticator-config.js'
import type { AuthResult, LoginRequest } from '../contract.js'
import { isSameSecret } from './same-secret.js'

export const dummyConfigurable = defineConfigurable({
  name: 'DummyAuthenticator',
  help: 'Lets everyone in under any name. For tests on a machine that nobody else reaches.',
  aliases: ['jupyterhub.authenticators.dummy.DummyAuthenticator', 'jupyterhub.auth.DummyAuthenticator'],
  parent: authenticatorConfigurable,
  defaults: { allow_all: (values) => !(values['allowed_users'] instanceof Set && values['allowed_users'].size > 0) },
  traits: {
    password: trait.secret({
      default: '',
      help: 'One password for all names.',
      deprecated: { since: '5.3', note: 'Use SharedPasswordAuthenticator, which tells administrators from others.' },
    }),
  },
})

/** @see JupyterHub `DummyAuthenticator` */
export class DummyAuthenticator extends Authenticator<ValuesOf<typeof dummyConfigurable>> {
  static override readonly configurable: Configurable = dummyConfigurable

  override authenticate({ form }: LoginRequest): Promise<AuthResult> {
    const name = form?.['username'] ?? ''
    const password = this.config.password.reveal()
    const passes = password === '' || isSameSecret(form?.['password'] ?? '', password)
    return Promise.resolve(name !== '' && passes ? name : null)
  }

  override checkAllowConfig(): readonly string[] {
    const warning = 'DummyAuthenticator lets everyone in under any name. Never use it where others can reach the hub.'
    return [...super.checkAllowConfig(), warning]
  }
}
