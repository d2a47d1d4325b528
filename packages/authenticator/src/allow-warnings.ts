import type { AuthenticatorConfig } from './authenticator-config.js'

/** What an administrator should know about the options that let people in. */
export function allowWarnings(config: AuthenticatorConfig): readonly string[] {
  const warnings: string[] = []
  if (!config.any_allow_config && !hasAllowOption(config)) {
    warnings.push(
      'Nobody may log in: no allow option is set. Set Authenticator.allowed_users, or Authenticator.allow_all = True to let ' +
        'everyone in who can log in. Set Authenticator.any_allow_config = True if something else decides.',
    )
  }
  const single = [...config.allowed_users].filter((name) => name.length === 1)
  if (single.length > 0) {
    warnings.push(
      `Authenticator.allowed_users has names of a single character (${single.join(' ')}). ` +
        'It must be a set of names, not one string.',
    )
  }
  return warnings
}

/** Authenticators have allow options of their own, such as `allowed_groups`; their names begin alike. */
function hasAllowOption(config: AuthenticatorConfig): boolean {
  return Object.entries(config).some(([name, value]: [string, unknown]) => {
    if (!name.startsWith('allow')) return false
    if (value instanceof Set) return value.size > 0
    return Array.isArray(value) ? value.length > 0 : Boolean(value)
  })
}
