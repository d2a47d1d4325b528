import { type Authenticator, AuthenticationError } from '@hub/authenticator'
import type { Exchange } from '../http/exchange.js'
import { forbidden, publicError } from '../http/hub-error.js'
import type { Reply } from '../http/reply.js'
import { type XsrfGuard, XsrfError } from '../http/xsrf-guard.js'
import type { HubUrls } from '../hub-urls.js'
import { loginView } from '../pages/views/login-view.js'
import type { NextTarget } from './next-target.js'
import type { PageWriter } from './page-writer.js'

export interface LoginPageDeps {
  readonly authenticator: Authenticator
  readonly urls: HubUrls
  readonly pages: PageWriter
  readonly xsrf: XsrfGuard
  readonly next: NextTarget
}

/** What the login page says besides asking. */
export interface LoginPageFacts {
  readonly status?: number
  readonly username?: string
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Shows the page that people log in on. */
export class LoginPage {
  constructor(private readonly deps: LoginPageDeps) {}

  async reply(
    exchange: Exchange,
    { status = 200, username = '', error = '', headers = {} }: LoginPageFacts = {},
  ): Promise<Reply> {
    const { authenticator, urls, pages, xsrf, next } = this.deps
    const { config } = authenticator
    const xsrfToken = xsrf.renew(exchange)
    const view = loginView({
      next: next.asked(exchange) ?? '',
      username,
      error,
      loginUrl: authenticator.loginUrl(urls.hubPrefix),
      authenticator: { requestOtp: config.request_otp, otpPrompt: config.otp_prompt },
    })
    const variables = { ...view, login_service: authenticator.loginService, xsrf: xsrfToken }
    const customHtml = await authenticator.customHtml(urls.hubPrefix)
    const html = await pages.render(exchange, 'login.html', {
      ...variables,
      ...(customHtml === '' ? {} : { custom_html: await pages.renderText(exchange, customHtml, variables) }),
    })
    return { status, html, headers }
  }

  /**
   * The page again, with what went wrong. Scripts get the bare error, and so does everybody where there is no form that could
   * show it.
   *
   * @throws `error`, when it is none that a person at the form should read
   */
  async again(exchange: Exchange, error: unknown, username: string): Promise<Reply> {
    const told = publicError(error)
    const isForPeople = error instanceof AuthenticationError || told.status < 500
    if (!isForPeople || !isNavigation(exchange) || !this.#hasForm) throw error
    const message = error instanceof XsrfError ? 'Login form invalid or expired. Try again.' : told.message
    return this.reply(exchange, { status: told.status, username, error: message, headers: told.headers })
  }

  /** The answer to wrong credentials. */
  refused(exchange: Exchange, username: string, text = 'Invalid username or password'): Promise<Reply> {
    return this.again(exchange, forbidden(text, 'login_refused'), username)
  }

  get #hasForm(): boolean {
    return this.deps.authenticator.hasLoginPage && this.deps.authenticator.loginService === ''
  }
}

const isNavigation = ({ facts }: Exchange): boolean => {
  const mode = facts.headers['sec-fetch-mode']
  return mode === undefined || mode === '' || mode === 'navigate'
}
