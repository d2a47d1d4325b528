import type { JsonObject } from '@hub/api'
import type { Configurable, ValuesOf } from '@hub/config'
import { z } from 'zod'
import { AuthenticationError, AuthenticatorError } from '../../authentication-error.js'
import type { AuthModel } from '../../contract.js'
import { claimAt } from '../claims.js'
import { OAuthenticator } from '../oauthenticator.js'
import { ciLogonConfigurable } from './cilogon-config.js'

const idpSettings = z.strictObject({
  username_derivation: z.strictObject({
    username_claim: z.string(),
    action: z.enum(['strip_idp_domain', 'prefix']).optional(),
    domain: z.string().optional(),
    prefix: z.string().optional(),
  }),
  allow_all: z.boolean().default(false),
  allowed_domains: z.array(z.string()).default([]),
  allowed_domains_claim: z.string().optional(),
  default: z.boolean().default(false),
})
type IdpSettings = z.output<typeof idpSettings>

/** @see oauthenticator's `CILogonOAuthenticator` */
export class CILogonOAuthenticator extends OAuthenticator<ValuesOf<typeof ciLogonConfigurable>> {
  static override readonly configurable: Configurable = ciLogonConfigurable
  protected override readonly userStateKey = 'cilogon_user'
  #idps: ReadonlyMap<string, IdpSettings> | undefined

  override checkAllowConfig(): readonly string[] {
    const isOpen = [...this.#allowedIdps.values()].some((idp) => idp.allow_all || idp.allowed_domains.length > 0)
    return super.checkAllowConfig().filter((warning) => !isOpen || !warning.startsWith('Nobody may log in'))
  }

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    if (await super.checkAllowed(name, model)) return true
    const user = model?.authState?.['cilogon_user']
    const idp = this.#allowedIdps.get(String(claimAt(user, 'idp')))
    if (idp === undefined) return false
    if (idp.allow_all) return true
    const address = claimAt(user, idp.allowed_domains_claim ?? idp.username_derivation.username_claim)
    const domain = typeof address === 'string' ? address.slice(address.lastIndexOf('@') + 1).toLowerCase() : ''
    return idp.allowed_domains.some((allowed) =>
      allowed.startsWith('*.') ? domain.endsWith(allowed.slice(1).toLowerCase()) : domain === allowed.toLowerCase(),
    )
  }

  /** Each identity provider names people in its own way; what one says must not make a name of another's. */
  protected override usernameOf(user: JsonObject): string | undefined {
    const idp = this.#allowedIdps.get(String(claimAt(user, 'idp')))
    if (idp === undefined) throw new AuthenticationError('Your institution is not among those that may log in here.')
    const { username_claim: claim, action, domain = '', prefix = '' } = idp.username_derivation
    const name = claimAt(user, claim)
    if (typeof name !== 'string' || name === '') return undefined
    if (action === 'prefix') return `${prefix}:${name}`
    if (action !== 'strip_idp_domain') return name
    return name.toLowerCase().endsWith(`@${domain.toLowerCase()}`) ? name.slice(0, -domain.length - 1) : name
  }

  get #allowedIdps(): ReadonlyMap<string, IdpSettings> {
    return (this.#idps ??= new Map(
      Object.entries(this.config.allowed_idps).map(([id, settings]): [string, IdpSettings] => {
        const parsed = idpSettings.safeParse(settings)
        if (parsed.success) return [id, parsed.data]
        throw new AuthenticatorError(
          `CILogonOAuthenticator.allowed_idps["${id}"] is not as it must be: ${z.prettifyError(parsed.error)}`,
        )
      }),
    ))
  }

  override async start(signal: AbortSignal): Promise<void> {
    await super.start(signal)
    if (this.#allowedIdps.size === 0)
      throw new AuthenticatorError('CILogonOAuthenticator.allowed_idps must name who may vouch for people.')
  }
}
