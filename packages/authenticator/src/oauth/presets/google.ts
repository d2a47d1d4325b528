import type { JsonObject } from '@hub/api'
import type { Configurable, ValuesOf } from '@hub/config'
import { AuthenticationError, AuthenticatorError } from '../../authentication-error.js'
import type { AuthModel } from '../../contract.js'
import { namesIn } from '../claims.js'
import { OAuthenticator } from '../oauthenticator.js'
import { googleConfigurable, hostedDomains } from './google-config.js'
import { GoogleDirectory } from './google-directory.js'

/** @see oauthenticator's `GoogleOAuthenticator` */
export class GoogleOAuthenticator extends OAuthenticator<ValuesOf<typeof googleConfigurable>> {
  static override readonly configurable: Configurable = googleConfigurable
  protected override readonly userStateKey = 'google_user'
  protected readonly directoryUrl: string = 'https://admin.googleapis.com/admin/directory/v1'
  /** By domain. */
  readonly #directories = new Map<string, GoogleDirectory>()

  override checkAllowConfig(): readonly string[] {
    const warnings = [...super.checkAllowConfig()]
    const { strip_domain: strips, hosted_domain: domains } = this.config
    const { allowed_google_groups: allowed, admin_google_groups: admins } = this.config
    for (const domain of new Set([...Object.keys(allowed), ...Object.keys(admins)])) {
      if (this.#directoryOf(domain) !== undefined) continue
      throw new AuthenticatorError(
        `GoogleOAuthenticator.allowed_google_groups and admin_google_groups cannot be known for ${domain}: ` +
          'set google_service_account_keys and gsuite_administrator for it.',
      )
    }
    if (strips && hostedDomains(domains).length !== 1) {
      warnings.push(
        'GoogleOAuthenticator.strip_domain without a single hosted_domain makes ada@one.example and ada@two.example the same user.',
      )
    }
    return warnings
  }

  /** Members of the groups that are allowed in the domain of the account. */
  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    return (await super.checkAllowed(name, model)) || isInAny(this.config.allowed_google_groups, model)
  }

  /** As with `admin_groups`: whoever has left the groups is no administrator any more, unless named in admin_users. */
  override async isAdmin(name: string, model: AuthModel): Promise<boolean | undefined> {
    const otherwise = await super.isAdmin(name, model)
    if (otherwise === true || Object.keys(this.config.admin_google_groups).length === 0) return otherwise
    return isInAny(this.config.admin_google_groups, model)
  }

  protected override usernameOf(user: JsonObject): string | undefined {
    const domains = hostedDomains(this.config.hosted_domain)
    const email = typeof user['email'] === 'string' ? user['email'].toLowerCase() : ''
    const domain = email.slice(email.lastIndexOf('@') + 1)
    if (user['email_verified'] !== true) throw new AuthenticationError('Your e-mail address is not verified at Google.')
    // Google says the domain of an organisation's account; an address alone may belong to a private one.
    if (domains.length > 0 && !(domains.includes(domain) && user['hd'] === domain)) {
      throw new AuthenticationError(`Only accounts of ${domains.join(', ')} may log in.`)
    }
    const name = super.usernameOf(user)
    return this.config.strip_domain ? name?.replace(/@[^@]*$/, '') : name
  }

  protected override async extendState(state: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const user = state[this.userStateKey] as JsonObject // as the base class has put it there
    const directory = this.#directoryOf(domainOf(user))
    if (directory === undefined || typeof user['email'] !== 'string') return state
    const groups = await directory.groupsOf(user['email'].toLowerCase(), this.config.include_nested_groups, signal)
    return { ...state, [this.userStateKey]: { ...user, google_groups: [...groups] } }
  }

  /** Groups of the directory, unless `auth_state_groups_key` says otherwise. */
  protected override groupsOf(state: JsonObject): readonly string[] {
    if (this.config.auth_state_groups_key !== '') return super.groupsOf(state)
    return groupsIn(state)
  }

  #directoryOf(domain: string): GoogleDirectory | undefined {
    const known = this.#directories.get(domain)
    if (known !== undefined) return known
    const keyFile = ofDomain(this.config.google_service_account_keys, domain)
    const administrator = ofDomain(this.config.gsuite_administrator, domain)
    if (keyFile === undefined || administrator === undefined) return undefined
    const name = administrator.includes('@') ? administrator : `${administrator}@${domain}`
    const directory = new GoogleDirectory({ url: this.directoryUrl, keyFile, administrator: name }, this.http)
    this.#directories.set(domain, directory)
    return directory
  }
}

function isInAny(wanted: Readonly<Record<string, ReadonlySet<string>>>, model: AuthModel | undefined): boolean {
  const state = model?.authState ?? {}
  const user = state['google_user']
  if (typeof user !== 'object' || user === null || Array.isArray(user)) return false
  // A group of the same name in another domain is another group.
  const names = ofDomain(wanted, domainOf(user as JsonObject)) // neither null nor a list
  return names !== undefined && groupsIn(state).some((group) => names.has(group))
}

/** What Google itself says is the account's organisation; never the end of an address, which anybody may have made. */
const domainOf = (user: JsonObject): string => (typeof user['hd'] === 'string' ? user['hd'].toLowerCase() : '')

function groupsIn(state: JsonObject): readonly string[] {
  const user = state['google_user']
  return typeof user === 'object' && user !== null && 'google_groups' in user ? namesIn(user.google_groups) : []
}

function ofDomain<T>(values: Readonly<Record<string, T>>, domain: string): T | undefined {
  return Object.entries(values).find(([name]) => name.toLowerCase() === domain)?.[1]
}
