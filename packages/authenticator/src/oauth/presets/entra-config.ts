import { defineConfigurable, trait } from '@hub/config'
import { fromEnvironment, oauthConfigurable } from '../oauth-config.js'

export const azureAdConfigurable = defineConfigurable({
  name: 'AzureAdOAuthenticator',
  help: 'Accounts of Microsoft Entra ID, formerly Azure AD.',
  aliases: ['oauthenticator.azuread.AzureAdOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'Microsoft Entra ID',
    // One tenant's issuer: tokens of another organisation are not taken.
    issuer: (values) =>
      values['tenant_id'] === '' ? '' : `https://login.microsoftonline.com/${String(values['tenant_id'])}/v2.0`,
    scope: ['openid', 'profile', 'email'],
    userdata_from_id_token: true,
    // A display name, which is what oauthenticator takes, can be changed to anybody else's.
    username_claim: 'preferred_username',
    auth_state_groups_key: (values) => `user.${String(values['user_groups_claim'])}`,
  },
  traits: {
    tenant_id: trait.str({
      default: fromEnvironment('AAD_TENANT_ID'),
      defaultText: 'AAD_TENANT_ID of the environment',
      help: 'Id of the organisation whose accounts may log in.',
    }),
    user_groups_claim: trait.str({ default: 'groups', help: 'Claim of the id token that lists groups.' }),
  },
})
