import { defineConfigurable, trait } from '@hub/config'
import { fromEnvironment, oauthConfigurable } from '../oauth-config.js'
import { hostOf } from './host-of.js'

export const auth0Configurable = defineConfigurable({
  name: 'Auth0OAuthenticator',
  help: 'Accounts of Auth0.',
  aliases: ['oauthenticator.auth0.Auth0OAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'Auth0',
    issuer: (values) => (values['auth0_domain'] === '' ? '' : `https://${hostOf(values['auth0_domain'])}/`),
    scope: ['openid', 'profile', 'email'],
    username_claim: 'email',
    logout_redirect_url: (values, { env }) =>
      env['OAUTH_LOGOUT_REDIRECT_URL'] ??
      (values['auth0_domain'] === '' ? '' : `https://${hostOf(values['auth0_domain'])}/v2/logout`),
  },
  traits: {
    auth0_domain: trait.str({
      default: (values, { env }) =>
        env['AUTH0_DOMAIN'] ??
        (values['auth0_subdomain'] === '' ? '' : `${String(values['auth0_subdomain'])}.auth0.com`),
      defaultText: 'AUTH0_DOMAIN of the environment, else auth0_subdomain.auth0.com',
      help: 'Host name of the tenant, such as example.eu.auth0.com.',
    }),
    auth0_subdomain: trait.str({
      default: fromEnvironment('AUTH0_SUBDOMAIN'),
      defaultText: 'AUTH0_SUBDOMAIN of the environment',
      help: 'What stands before .auth0.com.',
    }),
    allow_unverified_email: trait.bool({
      default: false,
      help: 'Lets in those whose e-mail address nobody has checked. They can take the name of somebody else.',
    }),
  },
})
