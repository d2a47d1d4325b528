import { defineConfigurable, kind, trait } from '@hub/config'
import { oauthConfigurable } from '../oauth-config.js'

export const googleConfigurable = defineConfigurable({
  name: 'GoogleOAuthenticator',
  help: 'Google accounts.',
  aliases: ['oauthenticator.google.GoogleOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'Google',
    issuer: 'https://accounts.google.com',
    scope: ['openid', 'email', 'profile'],
    username_claim: 'email',
    extra_authorize_params: (values): Record<string, string> => {
      const domains = hostedDomains(values['hosted_domain'])
      return domains.length === 1 ? { hd: domains[0] ?? '' } : {}
    },
  },
  traits: {
    hosted_domain: trait.oneOf([kind.list(kind.str), kind.str], {
      default: [],
      help: 'Domains whose accounts may log in at all. With a single one, users are called by what stands before the @.',
    }),
    strip_domain: trait.bool({
      default: (values) => hostedDomains(values['hosted_domain']).length === 1,
      defaultText: 'True with a single hosted_domain',
      help: 'Calls users by what stands before the @.',
    }),
  },
})

export function hostedDomains(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one) => typeof one === 'string' && one !== '').map((domain) => String(domain).toLowerCase())
}
