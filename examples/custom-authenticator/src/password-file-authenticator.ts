import { AuthenticationError, Authenticator, authenticatorConfigurable } from '@hub/authenticator'
import type { AuthResult, LoginRequest } from '@hub/authenticator'
import { defineConfigurable, trait, type ValuesOf } from '@hub/config'
import { isInFile } from './password-file.js'

/** The options of the class, besides those of every authenticator. */
export const passwordFileConfigurable = defineConfigurable({
  name: 'PasswordFileAuthenticator',
  help: 'Names and passwords from a file.',
  parent: authenticatorConfigurable,
  traits: {
    file: trait.str({ default: 'users.txt', help: 'Lines of name:salt:hash; add-user makes them.' }),
  },
})

export class PasswordFileAuthenticator extends Authenticator<ValuesOf<typeof passwordFileConfigurable>> {
  static override readonly configurable = passwordFileConfigurable

  /** Only says who it is. Who of them may enter is decided by `allow_all`, `allowed_users` and the like. */
  override async authenticate({ form = {} }: LoginRequest): Promise<AuthResult> {
    const name = await this.normalizeUsername(form['username'] ?? '')
    try {
      return (await isInFile(this.config.file, name, form['password'] ?? '')) ? name : null
    } catch (error) {
      // Whoever wants to log in cannot mend this, and gets a sentence; the reason is for the log.
      this.log.error('the password file cannot be read', { error })
      throw new AuthenticationError('Passwords cannot be checked just now. Tell your administrator.', 503)
    }
  }
}
