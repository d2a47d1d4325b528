import { defineConfigurable, trait } from '@hub/config'
import { fromEnvironment, oauthConfigurable } from '../oauth-config.js'

export const keycloakConfigurable = defineConfigurable({
  name: 'KeycloakOAuthenticator',
  help: 'Accounts of a realm of Keycloak.',
  aliases: ['oauthenticator.keycloak.KeycloakOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'Keycloak',
    issuer: (values) =>
      values['keycloak_url'] === '' || values['keycloak_realm'] === ''
        ? ''
        : `${String(values['keycloak_url']).replace(/\/+$/, '')}/realms/${String(values['keycloak_realm'])}`,
    scope: ['openid', 'profile', 'email'],
    username_claim: 'preferred_username',
    auth_state_groups_key: 'oauth_user.groups',
    logout_at_provider: true,
  },
  traits: {
    keycloak_url: trait.str({
      default: fromEnvironment('KEYCLOAK_URL'),
      defaultText: 'KEYCLOAK_URL of the environment',
      help: 'Address of the Keycloak, such as https://login.example.org.',
    }),
    keycloak_realm: trait.str({
      default: fromEnvironment('KEYCLOAK_REALM'),
      defaultText: 'KEYCLOAK_REALM of the environment',
      help: 'Name of the realm.',
    }),
  },
})
