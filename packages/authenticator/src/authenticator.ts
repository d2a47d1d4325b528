import type { Log } from '@hub/api'
import { type AuthenticatorConfig, authenticatorConfigurable } from './authenticator-config.js'
import type {
  AuthenticatorContext,
  AuthModel,
  AuthResult,
  HubServer,
  HubUser,
  LoginRequest,
  LoginRoute,
  ManagedRole,
  RefreshResult,
} from './contract.js'

/**
 * Says who a person is and who may enter. A plug-in extends this class and writes `authenticate`; the hub has one object of it.
 *
 * @see JupyterHub `Authenticator`, whose options and hooks keep their names
 */
export abstract class Authenticator<Config extends AuthenticatorConfig = AuthenticatorConfig> {
  /** The options of the class. A subclass with options of its own declares them with this as `parent`. */
  static readonly configurable = authenticatorConfigurable

  /** Text of the "Sign in with …" button that replaces the form; empty: the form. */
  readonly loginService: string = ''

  constructor(readonly context: AuthenticatorContext<Config>) {}

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
  checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean>

  /** Whether the name is kept out, whatever else allows it. */
  checkBlocked(name: string, model: AuthModel | undefined): Promise<boolean>

  /** True or false is stored; undefined leaves the stored flag. Asked only when `authenticate` left `admin` open. */
  isAdmin(name: string, model: AuthModel): Promise<boolean | undefined>

  /** Each authenticated request of a user, at most every `auth_refresh_age` seconds. */
  refreshUser(_user: HubUser, _request: LoginRequest | undefined, _signal: AbortSignal): Promise<RefreshResult> {
    return Promise.resolve(true)
  }

  /** At the first login, at the hub's start for each user, and when an administrator adds one. An error refuses the user. */
  addUser(user: { readonly name: string }): Promise<void>

  deleteUser(user: { readonly name: string }): Promise<void>

  /** Before a server's start; an error fails the start. */
  async preSpawnStart(_user: HubUser, _server: HubServer): Promise<void> {}

  /** After each stop of a server; errors are logged. */
  async postSpawnStop(_user: HubUser, _server: HubServer): Promise<void> {}

  /** After the hub has ended the session. */
  async onLogout(_user: HubUser, _request: LoginRequest): Promise<void> {}

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

  /** Whether the hub mounts its login form; `/logout` always exists. */
  readonly hasLoginPage: boolean = true

  /** What an administrator should be told at the start, one sentence each. Throws what must stop the start. */
  checkAllowConfig(): readonly string[]

  /** Roles to create at the hub's start, with `manage_roles`. */
  loadManagedRoles(): Promise<readonly ManagedRole[]>
}
