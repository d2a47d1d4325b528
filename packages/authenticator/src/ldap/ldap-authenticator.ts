import type { JsonObject } from '@hub/api'
import type { Configurable } from '@hub/config'
import { AuthenticationError, AuthenticatorError } from '../authentication-error.js'
import { Authenticator } from '../authenticator.js'
import type { AuthenticatorContext, AuthModel, AuthResult, LoginRequest } from '../contract.js'
import { usernameExpression } from '../username.js'
import { Directory, type DirectorySession, DirectoryUnavailableError, type LdapEntry } from './directory.js'
import { escapeDnValue, escapeFilterValue, fill } from './escape.js'
import { type LdapConfig, ldapConfigurable } from './ldap-config.js'

export { ldapConfigurable } from './ldap-config.js'

/** An entry that nobody has: asked about when there is none, so that the answer takes as long as for one there is. */
const NOBODY_RDN = 'cn=nobody-here'

/** Who was found, before anybody knows whether the password is right. */
interface Found {
  readonly dns: readonly string[]
  readonly name: string
}

/** @see ldapauthenticator's `LDAPAuthenticator`, whose options keep their names */
export class LDAPAuthenticator extends Authenticator<LdapConfig> {
  static override readonly configurable: Configurable = ldapConfigurable
  readonly #directory: Directory
  readonly #validName: RegExp

  constructor(context: AuthenticatorContext<LdapConfig>) {
    super(context)
    this.#directory = new Directory(context.config)
    this.#validName = usernameExpression(context.config.valid_username_regex)
  }

  override async authenticate({ form }: LoginRequest, signal: AbortSignal): Promise<AuthResult> {
    const typed = await this.normalizeUsernameForDirectory(form?.['username'] ?? '')
    const password = form?.['password'] ?? ''
    // A password of blanks is no password for some directories, and binds as nobody.
    if (!this.#validName.test(typed) || password.trim() === '') return null
    try {
      return await this.#directory.session((session) => this.#logIn(session, typed, password), signal)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailableError)) throw error
      this.log.error('the LDAP directory cannot be used', { error })
      throw new AuthenticationError('Passwords cannot be checked just now. Try again in a minute.', 503, {
        cause: error,
      })
    }
  }

  /** Directories take no notice of case: the name that is asked for is the one that the user will have. */
  protected async normalizeUsernameForDirectory(name: string): Promise<string> {
    return name.toLowerCase()
  }

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    return (await super.checkAllowed(name, model)) || model?.authState?.['is_in_allowed_group'] === true
  }

  override checkAllowConfig(): readonly string[] {
    const { server_address: address, lookup_dn: looksUp, bind_dn_template: template, tls_strategy: tls } = this.config
    if ([address].flat().join('') === '') throw new AuthenticatorError('LDAPAuthenticator.server_address is not set.')
    if (!looksUp && [template].flat().length === 0) {
      throw new AuthenticatorError('Set LDAPAuthenticator.bind_dn_template, or lookup_dn to search for users.')
    }
    if (looksUp && (!this.config.user_search_base || !this.config.user_attribute)) {
      throw new AuthenticatorError('LDAPAuthenticator.lookup_dn needs user_search_base and user_attribute.')
    }
    if (this.config.manage_groups && this.config.group_search_base === '') {
      throw new AuthenticatorError('Authenticator.manage_groups needs LDAPAuthenticator.group_search_base.')
    }
    const warnings = [...super.checkAllowConfig()]
    if (tls === 'insecure') {
      warnings.push(
        'LDAPAuthenticator.tls_strategy is insecure: whoever is on the way to the directory reads passwords.',
      )
    }
    return warnings
  }

  async #logIn(session: DirectorySession, typed: string, password: string): Promise<AuthResult> {
    const found = await this.#find(session, typed)
    const dns = found?.dns ?? [`${NOBODY_RDN},${this.config.user_search_base ?? ''}`.replace(/,$/, '')]
    let userDn: string | undefined
    for (const dn of dns) {
      if (await session.isPasswordOf(dn, password)) {
        userDn = dn
        break
      }
    }
    if (userDn === undefined || found === undefined) return null
    // Groups and attributes may be hidden from users themselves.
    await this.#bindForSearch(session)
    if (!(await this.#passesFilter(session, found.name))) return null
    return this.#modelOf(session, userDn, found.name)
  }

  async #find(session: DirectorySession, typed: string): Promise<Found | undefined> {
    const { lookup_dn: looksUp, bind_dn_template: templates, lookup_dn_user_dn_attribute: attribute } = this.config
    const fillDns = (username: string): string[] =>
      [templates]
        .flat()
        .filter(Boolean)
        .map((template) => fill(template, { username }, escapeDnValue))
    if (!looksUp) return { dns: fillDns(typed), name: typed }
    await this.#bindForSearch(session)
    const { user_search_base: base, user_attribute: loginAttribute, lookup_dn_search_filter: filter } = this.config
    const entries = await session.search(base ?? '', {
      scope: 'sub',
      filter: fill(
        filter ?? '({login_attr}={login})',
        { login_attr: loginAttribute ?? '', login: typed },
        escapeFilterValue,
      ),
      ...(attribute ? { attributes: [attribute] } : {}),
    })
    const [entry, ...others] = entries
    if (entry === undefined) return undefined
    if (others.length > 0) {
      // Which of them is meant, nobody knows.
      this.log.warn('several LDAP entries have the name of a login', { user: typed, entries: entries.length })
      return undefined
    }
    const named = attribute ? valueOf(entry, attribute) : undefined
    const name = this.config.use_lookup_dn_username && named !== undefined ? named : typed
    const dns = fillDns(named ?? typed)
    return { dns: dns.length > 0 ? dns : [entry.dn], name }
  }

  async #bindForSearch(session: DirectorySession): Promise<void> {
    const { lookup_dn_search_user: dn, lookup_dn_search_password: password } = this.config
    if (!dn) return
    if (await session.isPasswordOf(dn, password?.reveal() ?? '')) return
    throw new DirectoryUnavailableError(
      'LDAPAuthenticator.lookup_dn_search_user cannot bind: DN or password are wrong.',
    )
  }

  async #passesFilter(session: DirectorySession, name: string): Promise<boolean> {
    const { search_filter: filter, user_search_base: base, user_attribute: attribute, attributes } = this.config
    if (filter === '') return true
    const filled = fill(filter, { userattr: attribute ?? '', username: name }, escapeFilterValue)
    const options = { scope: 'sub', filter: filled, ...(attributes.length > 0 ? { attributes } : {}) } as const
    return (await session.search(base ?? '', options)).length === 1
  }

  async #modelOf(session: DirectorySession, dn: string, name: string): Promise<AuthModel> {
    const { allowed_groups: allowed, admin_groups: admins, auth_state_attributes: kept } = this.config
    const isAllowed = await this.#isInAny(session, allowed ?? [], dn, name)
    const isAdmin = admins.length === 0 ? undefined : await this.#isInAny(session, admins, dn, name)
    const [entry] =
      kept.length === 0 ? [] : await session.search(dn, { scope: 'base', filter: '(objectClass=*)', attributes: kept })
    const userAttributes: JsonObject = Object.fromEntries(
      Object.entries(entry?.attributes ?? {}).map(([attribute, values]) => [attribute, [...values]]),
    )
    const authState = { is_in_allowed_group: isAllowed, user_attributes: userAttributes }
    const groups = this.config.manage_groups ? { groups: await this.#groupNames(session, dn, name) } : {}
    const isNamedAdmin = this.adminUsers.has(await this.normalizeUsername(name))
    return { name, authState, ...groups, ...(isAdmin === undefined || isNamedAdmin ? {} : { admin: isAdmin }) }
  }

  async #isInAny(session: DirectorySession, groups: readonly string[], dn: string, name: string): Promise<boolean> {
    for (const group of groups) {
      const options = {
        scope: 'base',
        filter: this.#memberFilter(dn, name),
        attributes: this.config.group_attributes,
      } as const
      if ((await session.search(group, options)).length > 0) return true
    }
    return false
  }

  async #groupNames(session: DirectorySession, dn: string, name: string): Promise<readonly string[]> {
    const { group_search_base: base } = this.config
    if (base === '') return []
    const found = await session.search(base, { scope: 'sub', filter: this.#memberFilter(dn, name), attributes: ['cn'] })
    return found.map((entry) => valueOf(entry, 'cn')).filter((cn) => cn !== undefined)
  }

  #memberFilter(dn: string, name: string): string {
    return fill(this.config.group_search_filter, { userdn: dn, uid: name }, escapeFilterValue)
  }
}

/** Attributes have no case. */
function valueOf({ attributes, dn }: LdapEntry, name: string): string | undefined {
  if (name.toLowerCase() === 'dn') return dn
  const [, values] = Object.entries(attributes).find(([known]) => known.toLowerCase() === name.toLowerCase()) ?? []
  return values?.[0]
}
