import { silentLog } from '@hub/api'
import {
  AuthenticationError,
  Authenticator,
  type AuthenticatorConfig,
  authenticatorConfigurable,
  type AuthResult,
  type HubUser,
  type LoginRequest,
  type LoginRoute,
  type RefreshResult,
} from '@hub/authenticator'
import { type InputsOf, valuesWith } from '@hub/config'

/** Takes every name with the password `right`; tests replace what they are about. */
export class FakeAuthenticator extends Authenticator {
  override loginService = ''
  override hasLoginPage = true
  /** What the next logins are answered with. */
  answer: (request: LoginRequest) => Promise<AuthResult> | AuthResult = ({ form }) =>
    form?.['password'] === 'right' ? (form['username'] ?? null) : null
  refreshAnswer: () => Promise<RefreshResult> | RefreshResult = () => true
  ownRoutes: readonly LoginRoute[] = []
  ownLoginUrl: string | undefined
  customPage = ''
  welcomeError: Error | undefined
  readonly asked: LoginRequest[] = []
  readonly welcomed: string[] = []
  readonly left: string[] = []
  refreshes = 0

  constructor(options: InputsOf<typeof authenticatorConfigurable> = {}) {
    // The interface of the values is declared from this very configurable.
    const config = valuesWith(authenticatorConfigurable, { allow_all: true, ...options }) as AuthenticatorConfig
    super({ config, log: silentLog, isExistingUser: () => Promise.resolve(false) })
  }

  override async authenticate(request: LoginRequest): Promise<AuthResult> {
    this.asked.push(request)
    return this.answer(request)
  }

  override async refreshUser(): Promise<RefreshResult> {
    this.refreshes += 1
    return this.refreshAnswer()
  }

  override async addUser(user: { readonly name: string }): Promise<void> {
    if (this.welcomeError !== undefined) throw this.welcomeError
    this.welcomed.push(user.name)
    await super.addUser(user)
  }

  override onLogout(user: HubUser): Promise<void> {
    this.left.push(user.name)
    return Promise.resolve()
  }

  override routes(): readonly LoginRoute[] {
    return this.ownRoutes
  }

  override loginUrl(baseUrl: string): string {
    return this.ownLoginUrl ?? super.loginUrl(baseUrl)
  }

  override customHtml(): string {
    return this.customPage
  }
}

export const refusedWith =
  (message: string, status = 403) =>
  (): never => {
    throw new AuthenticationError(message, status)
  }
