import { defineConfigurable, trait } from '@hub/config'
import { fromEnvironment, oauthConfigurable } from '../oauth-config.js'
import { hostOf } from './host-of.js'

export const oktaConfigurable = defineConfigurable({
  name: 'OktaOAuthenticator',
  help: 'Accounts of Okta.',
  aliases: ['oauthenticator.okta.OktaOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'Okta',
    issuer: (values) => {
      const { okta_domain: domain, okta_authorization_server: server } = values
      if (domain === '') return ''
      return `https://${hostOf(domain)}${server === '' ? '' : `/oauth2/${String(server)}`}`
    },
    scope: ['openid', 'profile', 'email', 'groups'],
    username_claim: 'preferred_username',
    auth_state_groups_key: 'oauth_user.groups',
  },
  traits: {
    okta_domain: trait.str({
      default: fromEnvironment('OKTA_DOMAIN'),
      defaultText: 'OKTA_DOMAIN of the environment',
      help: 'Host name of the organisation, such as example.okta.com.',
    }),
    okta_authorization_server: trait.str({
      default: '',
      help: 'Id of an authorization server of your own, such as default; empty: the organisation itself.',
    }),
  },
})
