export interface LoginFacts {
  /** Page to go to afterwards; checked before it is followed, not before it is shown. Empty: none was asked for. */
  readonly next: string
  readonly username: string
  readonly error: string
  /** Where the form is sent to, or the button leads: the authenticator's login URL. */
  readonly loginUrl: string
  readonly authenticator: { readonly requestOtp: boolean; readonly otpPrompt: string }
}

/** A long user name is shortened when it is shown again, so that a pasted secret is not. */
export const shownUserName = (name: string): string =>
  name.length > 32 ? `${name.slice(0, 16)}... (${name.length} characters)` : name

/** Variables of `login.html`. `custom_html` is added by the renderer's caller, after rendering it with these. */
export function loginView({ next, username, error, loginUrl, authenticator }: LoginFacts): Record<string, unknown> {
  const escapedNext = encodeURIComponent(next)
  return {
    next: escapedNext,
    username: shownUserName(username),
    login_error: error,
    authenticator: { request_otp: authenticator.requestOtp, otp_prompt: authenticator.otpPrompt },
    authenticator_login_url: `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}next=${escapedNext}`,
  }
}
