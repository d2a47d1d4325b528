import { knownAcrossCopies, type Log } from '@hub/api'
import type { Configurable } from '@hub/config'
import { AuthenticatorError } from './authentication-error.js'
import { type AuthenticatorConfig, authenticatorConfigurable } from './authenticator-config.js'
import type {
  AuthenticatorContext,
  AuthModel,
  AuthResult,
  HubServer,
  HubUser,
  LoginRequest,
  LoginRoute,
  LogoutRequest,
  ManagedRole,
  RefreshResult,
} from './contract.js'
import { allowWarnings } from './allow-warnings.js'
import { isValidUsername, normalizeUsername } from './username.js'

/**
 * Says who a person is and who may enter. A plug-in extends this class and writes `authenticate`; the hub has one object of it.
 *
 * @see JupyterHub `Authenticator`, whose options and hooks keep their names
 */
export abstract class Authenticator<Config extends AuthenticatorConfig = AuthenticatorConfig> {
  static {
    knownAcrossCopies(this, 'authenticator/Authenticator')
  }

  /** The options of the class. A subclass with options of its own declares them with this as `parent`. */
  static readonly configurable: Configurable = authenticatorConfigurable

  /** Text of the "Sign in with …" button that replaces the form; empty: the form. */
  readonly loginService: string = ''

  /** Whether there is a login page. Without, its path answers 403. */
  readonly hasLoginPage: boolean = true

  /** Names that may enter. Normalised by {@link init}, together with the next two. */
  readonly allowedUsers: Set<string>
  readonly adminUsers: Set<string>
  readonly blockedUsers: Set<string>

  constructor(readonly context: AuthenticatorContext<Config>) {
    const { allowed_users: allowed, admin_users: admins, blocked_users: blocked } = context.config
    this.allowedUsers = new Set(allowed)
    this.adminUsers = new Set(admins)
    this.blockedUsers = new Set(blocked)
    if (allowed.size > 0) for (const name of admins) this.allowedUsers.add(name)
  }

  get config(): Config {
    return this.context.config
  }
  get log(): Log {
    return this.context.log
  }

  /**
   * Checks the credentials and nothing else: whether the name may enter is asked afterwards. May take long; it must not block the process.
   *
   * @throws {@link AuthenticationError} to show the person a text of your own
   */
  abstract authenticate(request: LoginRequest, signal: AbortSignal): Promise<AuthResult>

  /**
   * Called by the hub once, before anything else; override {@link start} instead.
   *
   * @throws AuthenticatorError for a name among the allowed or admin users that nobody can have
   */
  async init(signal: AbortSignal): Promise<void> {
    await this.start(signal)
    await this.#normalizeAll(this.allowedUsers, 'allowed_users')
    await this.#normalizeAll(this.adminUsers, 'admin_users')
    await this.#normalizeAll(this.blockedUsers, undefined)
  }

  /** Opens what the authenticator needs, before the hub listens. */
  async start(_signal: AbortSignal): Promise<void> {}

  /** Closes it. May be called twice. */
  async stop(): Promise<void> {}

  /** One spelling for each person: lower case, then `username_map`. */
  normalizeUsername(name: string): Promise<string> | string {
    return normalizeUsername(name, this.config.username_map)
  }

  /** Whether the (normalised) name can be a user's at all. */
  validateUsername(name: string): boolean {
    return isValidUsername(name, this.config.username_pattern)
  }

  /** Whether the name may enter when `allow_all` is off. An override usually adds to what `super` allows. */
  async checkAllowed(name: string, _model: AuthModel | undefined): Promise<boolean> {
    if (this.allowedUsers.has(name)) return true
    return this.config.allow_existing_users && (await this.context.isExistingUser(name))
  }

  /** Whether the name is kept out, whatever else allows it. */
  checkBlocked(name: string, _model: AuthModel | undefined): Promise<boolean> {
    return Promise.resolve(this.blockedUsers.has(name))
  }

  /** True and false are stored; undefined leaves the stored flag. Asked only when `authenticate` left `admin` open. */
  isAdmin(name: string, _model: AuthModel): Promise<boolean | undefined> {
    // Not false: taking a name out of admin_users takes no rights away, which may have been given on the admin page.
    return Promise.resolve(this.adminUsers.has(name) ? true : undefined)
  }

  /** Each authenticated request of a user, at most every `auth_refresh_age` seconds. */
  refreshUser(_user: HubUser, _request: LoginRequest | undefined, _signal: AbortSignal): Promise<RefreshResult> {
    return Promise.resolve(true)
  }

  /** At the first login, at the hub's start for each user, and when an administrator adds one. An error refuses the user. */
  addUser(user: { readonly name: string }): Promise<void> {
    if (this.validateUsername(user.name)) return Promise.resolve()
    return Promise.reject(new AuthenticatorError(`"${user.name}" is not a name that a user can have.`))
  }

  /** After a user is deleted. */
  deleteUser(user: { readonly name: string }): Promise<void> {
    this.allowedUsers.delete(user.name)
    return Promise.resolve()
  }

  /** Before a server's start; an error fails the start. */
  async preSpawnStart(_user: HubUser, _server: HubServer): Promise<void> {}

  /** After each stop of a server; errors are logged. */
  async postSpawnStop(_user: HubUser, _server: HubServer): Promise<void> {}

  /**
   * After the hub has ended the session.
   *
   * @returns where to send the browser, such as to end the session at the login service; undefined: to the hub's login page
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most overrides return nothing
  async onLogout(_user: HubUser, _request: LogoutRequest): Promise<string | undefined | void> {}

  /** Where "Login" leads; `baseUrl` is the hub's prefix, ending with `/`. */
  loginUrl(baseUrl: string): string {
    return `${baseUrl}login`
  }

  logoutUrl(baseUrl: string): string {
    return `${baseUrl}logout`
  }

  /** Template that replaces the login form; it may use {@link CUSTOM_HTML_NAMES}. Empty: the form. */
  customHtml(_baseUrl: string): Promise<string> | string {
    return ''
  }

  /** Pages of its own, such as an OAuth callback. */
  routes(): readonly LoginRoute[] {
    return []
  }

  /** What an administrator should be told at the start, one sentence each. Throws what must stop the start. */
  checkAllowConfig(): readonly string[] {
    return allowWarnings(this.config)
  }

  /** Roles to create at the hub's start, with `manage_roles`. */
  loadManagedRoles(): Promise<readonly ManagedRole[]> {
    if (!this.config.reset_managed_roles_on_startup) return Promise.resolve([])
    return Promise.reject(
      new AuthenticatorError(
        `Authenticator.reset_managed_roles_on_startup would remove all managed roles, because ${this.constructor.name} ` +
          'gives none at the start. Unset it, or let the authenticator override loadManagedRoles.',
      ),
    )
  }

  async #normalizeAll(names: Set<string>, option: string | undefined): Promise<void> {
    const given = [...names]
    names.clear()
    for (const name of given) {
      const normalized = await this.normalizeUsername(name)
      if (option !== undefined && !this.validateUsername(normalized)) {
        throw new AuthenticatorError(`Authenticator.${option} has "${name}", which is not a name that a user can have.`)
      }
      names.add(normalized)
    }
  }
}

/** What can be named in `JupyterHub.authenticator_class`. */
export interface AuthenticatorClass {
  readonly configurable: Configurable
  readonly name: string
  new (context: AuthenticatorContext): Authenticator
}
