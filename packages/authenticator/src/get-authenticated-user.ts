import type { Authenticator } from './authenticator.js'
import { AuthenticatorError } from './authentication-error.js'
import type { AuthModel, AuthResult, HubUser, LoginRequest } from './contract.js'

/** Why someone is not let in. The person only learns that name or password are wrong. */
export type RefusalReason = 'credentials' | 'invalid_username' | 'blocked' | 'not_allowed'

export type LoginOutcome =
  | { readonly kind: 'authenticated'; readonly model: AuthModel }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly username: string | undefined }

/**
 * Everything between a login request and the user's row: who it is, one spelling of the name, whether that may enter, whether
 * it is an administrator. The order matters to those who override single steps.
 *
 * @throws AuthenticationError with a text for the person; anything else is an error of the authenticator
 */
export async function getAuthenticatedUser(
  authenticator: Authenticator,
  request: LoginRequest,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  return admit(authenticator, request, await authenticator.authenticate(request, signal))
}

/** The same from an {@link AuthResult} on, for logins that end on a route of the authenticator's own. */
export async function admit(
  authenticator: Authenticator,
  request: LoginRequest,
  result: AuthResult,
): Promise<LoginOutcome> {
  const { config, log } = authenticator
  if (result === null || result === undefined) return refused('credentials', request.form?.['username'])
  const given = typeof result === 'string' ? { name: result } : result
  if (typeof given.name !== 'string')
    throw new AuthenticatorError(`${className(authenticator)} authenticated a user without a name.`)

  const name = await authenticator.normalizeUsername(given.name)
  const model: AuthModel = { ...given, name }
  if (!authenticator.validateUsername(name)) {
    log.warn('login refused: invalid username', { user: name })
    return refused('invalid_username', name)
  }
  if (await authenticator.checkBlocked(name, model)) {
    log.warn('login refused: user is blocked', { user: name })
    return refused('blocked', name)
  }
  if (!config.allow_all && !(await authenticator.checkAllowed(name, model))) {
    log.warn('login refused: user is not allowed', { user: name })
    return refused('not_allowed', name)
  }
  const admin = model.admin ?? (await authenticator.isAdmin(name, model))
  return {
    kind: 'authenticated',
    model: await afterHook(authenticator, request, admin === undefined ? model : { ...model, admin }),
  }
}

export type RefreshOutcome =
  { readonly kind: 'fresh' } | { readonly kind: 'stale' } | { readonly kind: 'changed'; readonly model: AuthModel }

/** Asks whether what the hub knows of a user still holds. The user keeps the name; auth state is kept when none is given. */
export async function refreshAuthenticatedUser(
  authenticator: Authenticator,
  user: HubUser,
  request: LoginRequest | undefined,
  signal: AbortSignal,
): Promise<RefreshOutcome> {
  const result = await authenticator.refreshUser(user, request, signal)
  if (result === true) return { kind: 'fresh' }
  if (typeof result !== 'object' || result === null) return { kind: 'stale' }
  const model: AuthModel = { ...result, name: user.name }
  assertGroups(authenticator, model)
  return { kind: 'changed', model }
}

async function afterHook(authenticator: Authenticator, request: LoginRequest, model: AuthModel): Promise<AuthModel> {
  const hook = authenticator.config.post_auth_hook
  const hooked = hook === null ? model : await hook(authenticator, request, model)
  // The hook is an administrator's; forgetting its return is the commonest mistake.
  if (typeof hooked !== 'object' || typeof hooked.name !== 'string') {
    throw new AuthenticatorError(
      'Authenticator.post_auth_hook must return the model it was called with, changed or not.',
    )
  }
  assertGroups(authenticator, hooked)
  return hooked
}

/** Left out, `groups` may have been forgotten; taking it for "none" would remove people from their groups. */
function assertGroups(authenticator: Authenticator, model: AuthModel): void {
  if (!authenticator.config.manage_groups || model.groups !== undefined) return
  throw new AuthenticatorError(
    `Authenticator.manage_groups is set, but ${className(authenticator)} does not say the groups of users. ` +
      'Unset it, or use an authenticator that does.',
  )
}

function refused(reason: RefusalReason, username: string | undefined): LoginOutcome {
  return { kind: 'refused', reason, username }
}

function className(authenticator: Authenticator): string {
  return authenticator.constructor.name
}
