import { type Configurable, defineConfigurable, kind, type Secret, trait, type ValuesOf } from '@hub/config'
import { AuthenticatorError } from '../authentication-error.js'
import { Authenticator } from '../authenticator.js'
import { authenticatorConfigurable } from '../authenticator-config.js'
import type { AuthResult, LoginRequest } from '../contract.js'
import { isSameSecret } from './same-secret.js'

const [USER_PASSWORD_LENGTH, ADMIN_PASSWORD_LENGTH] = [8, 32]

const atLeast = (length: number) => (password: Secret | null) =>
  password !== null && password.reveal().length < length
    ? `A password of at least ${length} characters is needed.`
    : undefined

export const sharedPasswordConfigurable = defineConfigurable({
  name: 'SharedPasswordAuthenticator',
  help: 'One password for all users and another one for administrators, such as for a workshop.',
  aliases: ['jupyterhub.authenticators.shared.SharedPasswordAuthenticator'],
  parent: authenticatorConfigurable,
  traits: {
    user_password: trait.secret({
      default: null,
      nullable: true,
      since: '5.3',
      help: `Password of everyone who is not in admin_users; at least ${USER_PASSWORD_LENGTH} characters.`,
      validate: atLeast(USER_PASSWORD_LENGTH),
    }),
    admin_password: trait.secret({
      default: null,
      nullable: true,
      since: '5.3',
      help: `Password of those in admin_users; at least ${ADMIN_PASSWORD_LENGTH} characters, and not user_password.`,
      validate: atLeast(ADMIN_PASSWORD_LENGTH),
    }),
    password_groups: trait.dict(kind.list(kind.str), {
      default: {},
      since: '5.5',
      sensitive: true,
      help: 'More passwords, and the groups that those who use one become members of. Needs manage_groups.',
    }),
  },
})

/** @see JupyterHub `SharedPasswordAuthenticator` */
export class SharedPasswordAuthenticator extends Authenticator<ValuesOf<typeof sharedPasswordConfigurable>> {
  static override readonly configurable: Configurable = sharedPasswordConfigurable

  override async authenticate({ form }: LoginRequest): Promise<AuthResult> {
    const [given, password] = [form?.['username'] ?? '', form?.['password'] ?? '']
    if (given === '' || password === '') return null
    const name = await this.normalizeUsername(given)
    // With manage_groups a model must speak of groups; these passwords say nothing about them.
    const unchanged = this.config.manage_groups ? { groups: null } : {}
    if (this.adminUsers.has(name)) {
      return matches(password, this.config.admin_password) ? { name, admin: true, ...unchanged } : null
    }
    // Everyone knows this password, so it never makes an administrator, whatever the database says.
    if (matches(password, this.config.user_password)) return { name, admin: false, ...unchanged }
    const groups = this.#groupsOf(password)
    return groups === undefined ? null : { name, groups }
  }

  override checkAllowConfig(): readonly string[] {
    this.#assertUsable()
    const { user_password: user, admin_password: admin } = this.config
    const warnings = [...super.checkAllowConfig()]
    if (admin !== null && this.adminUsers.size === 0) {
      warnings.push('SharedPasswordAuthenticator.admin_password has no use: Authenticator.admin_users is empty.')
    }
    if (admin === null && this.adminUsers.size > 0) {
      warnings.push('Those in Authenticator.admin_users cannot log in: set SharedPasswordAuthenticator.admin_password.')
    }
    if (user === null && !this.#hasGroupPasswords) {
      warnings.push('Only administrators can log in: set SharedPasswordAuthenticator.user_password to let others in.')
    }
    return warnings
  }

  get #hasGroupPasswords(): boolean {
    return Object.keys(this.config.password_groups).length > 0
  }

  /** Every password is compared, so that the time does not tell which ones there are. */
  #groupsOf(password: string): readonly string[] | undefined {
    let groups: readonly string[] | undefined
    for (const [candidate, members] of Object.entries(this.config.password_groups)) {
      if (isSameSecret(password, candidate)) groups = members
    }
    return groups
  }

  #assertUsable(): void {
    const { user_password: user, admin_password: admin, password_groups: groups, manage_groups: managed } = this.config
    const refuse = (mistake: string): never => {
      throw new AuthenticatorError(`SharedPasswordAuthenticator.${mistake}`)
    }
    if (user === null && (admin === null || this.adminUsers.size === 0) && !this.#hasGroupPasswords) {
      refuse('user_password must be set: as it is, nobody can log in.')
    }
    if (user !== null && admin !== null && isSameSecret(user.reveal(), admin.reveal())) {
      refuse('admin_password must not be the same as user_password.')
    }
    if (!this.#hasGroupPasswords) return
    if (!managed) refuse('password_groups needs Authenticator.manage_groups = True.')
    for (const password of Object.keys(groups)) {
      if (password.length < USER_PASSWORD_LENGTH) {
        refuse(`password_groups has a password of fewer than ${USER_PASSWORD_LENGTH} characters.`)
      }
      if (matches(password, user) || matches(password, admin)) {
        refuse('password_groups must not have user_password or admin_password among its passwords.')
      }
    }
  }
}

function matches(given: string, password: Secret | null): boolean {
  return password !== null && isSameSecret(given, password.reveal())
}
