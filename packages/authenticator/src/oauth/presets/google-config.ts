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
    allowed_google_groups: trait.dict(kind.set(kind.str), {
      default: {},
      help: 'Groups whose members may log in, by domain: {"example.org": {"crew"}}. Needs google_service_account_keys and gsuite_administrator.',
    }),
    admin_google_groups: trait.dict(kind.set(kind.str), {
      default: {},
      help: 'Groups whose members are administrators, by domain. Whoever has left them no longer is, unless named in admin_users.',
    }),
    google_service_account_keys: trait.dict(kind.str, {
      default: {},
      help: 'Key file (JSON) of a service account that may read the groups of the domain, by domain.',
    }),
    gsuite_administrator: trait.dict(kind.str, {
      default: {},
      help: 'Name of an administrator of the domain, in whose name the service account reads groups, by domain.',
    }),
    include_nested_groups: trait.bool({
      default: false,
      help: 'Whoever is in a group is also in the groups which have that group as a member.',
    }),
    google_group_whitelist: trait.dict(kind.set(kind.str), {
      default: {},
      help: 'Former name of allowed_google_groups.',
      deprecated: { since: '0.12', use: 'allowed_google_groups' },
    }),
  },
})

export function hostedDomains(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one) => typeof one === 'string' && one !== '').map((domain) => String(domain).toLowerCase())
}
