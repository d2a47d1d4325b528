import { defineConfigurable, kind, trait } from '@hub/config'
import { oauthConfigurable } from '../oauth-config.js'

export const ciLogonConfigurable = defineConfigurable({
  name: 'CILogonOAuthenticator',
  help: 'Accounts of universities and others, through CILogon.',
  aliases: ['oauthenticator.cilogon.CILogonOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'CILogon',
    client_id: (_values, { env }) => env['CILOGON_CLIENT_ID'] ?? env['OAUTH_CLIENT_ID'] ?? '',
    client_secret: (_values, { env }) => env['CILOGON_CLIENT_SECRET'] ?? env['OAUTH_CLIENT_SECRET'] ?? '',
    issuer: (values) => `https://${String(values['cilogon_host'])}`,
    scope: ['openid', 'email', 'profile', 'org.cilogon.userinfo'],
    extra_authorize_params: (values): Record<string, string> => {
      const idps = Object.entries(values['allowed_idps'] as Record<string, { default?: unknown }>)
      const { cilogon_skin: skin } = values
      return {
        selected_idp: [...idps]
          .sort(([, one], [, other]) => Number(other.default === true) - Number(one.default === true))
          .map(([id]) => id)
          .join(','),
        ...(skin === '' ? {} : { skin: String(skin) }),
      }
    },
  },
  traits: {
    cilogon_host: trait.str({
      default: (_values, { env }) => env['CILOGON_HOST'] ?? 'cilogon.org',
      defaultText: 'CILOGON_HOST of the environment, else cilogon.org',
      help: 'Host name of CILogon.',
    }),
    cilogon_skin: trait.str({ default: '', help: 'Look of its page.' }),
    allowed_idps: trait.dict(kind.dict(kind.any()), {
      default: {},
      help: 'Who may vouch for people: entity id → {username_derivation: {username_claim, action, domain, prefix}, allowed_domains, allow_all, default}.',
    }),
  },
})
