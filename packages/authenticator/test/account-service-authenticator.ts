import { AuthenticationError, Authenticator, authenticatorConfigurable } from '@hub/authenticator'
import type { AuthResult, LoginRequest } from '@hub/authenticator'
import { defineConfigurable, trait, type ValuesOf } from '@hub/config'

const configurable = defineConfigurable({
  name: 'AccountServiceAuthenticator',
  help: 'Has passwords checked by an account service.',
  parent: authenticatorConfigurable,
  traits: {
    url: trait.str({ default: '', help: 'Where name and password are posted to; 401 means that they are wrong.' }),
  },
})

export class AccountServiceAuthenticator extends Authenticator<ValuesOf<typeof configurable>> {
  static override readonly configurable = configurable

  override async authenticate({ form = {} }: LoginRequest, signal: AbortSignal): Promise<AuthResult> {
    const body = new URLSearchParams(form)
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
    const answer = await fetch(this.config.url, { method: 'POST', body, signal: deadline })
    if (answer.status === 401) return null
    if (!answer.ok) throw new AuthenticationError('Accounts cannot be checked just now. Try again in a minute.', 503)
    return form['username'] ?? null
  }
}
