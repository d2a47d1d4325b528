import { type DefaultContext, defineConfigurable, kind, trait, type TraitValues, type ValuesOf } from '@hub/config'
import { oauthConfigurable } from '../oauth/oauth-config.js'

const GITHUB = 'https://github.com'

export const gitHubConfigurable = defineConfigurable({
  name: 'GitHubOAuthenticator',
  help: 'Accounts of GitHub, or of a GitHub Enterprise server.',
  aliases: ['oauthenticator.github.GitHubOAuthenticator', 'oauthenticator.GitHubOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'GitHub',
    client_id: (_values, { env }) => env['GITHUB_CLIENT_ID'] ?? env['OAUTH_CLIENT_ID'] ?? '',
    client_secret: (_values, { env }) => env['GITHUB_CLIENT_SECRET'] ?? env['OAUTH_CLIENT_SECRET'] ?? '',
    authorize_url: (values) => `${urlIn(values, 'github_url')}/login/oauth/authorize`,
    token_url: (values) => `${urlIn(values, 'github_url')}/login/oauth/access_token`,
    userdata_url: (values) => `${urlIn(values, 'github_api')}/user`,
    username_claim: 'login',
  },
  traits: {
    github_url: trait.str({
      default: addressInEnvironment,
      defaultText: 'GITHUB_URL of the environment, else https://github.com',
      help: 'Address of the GitHub.',
    }),
    github_api: trait.str({
      default: (values, { env }) => {
        const url = urlIn(values, 'github_url')
        return env['GITHUB_API'] ?? (url === GITHUB ? 'https://api.github.com' : `${url}/api/v3`)
      },
      defaultText: 'GITHUB_API of the environment, else https://api.github.com or github_url/api/v3',
      help: 'Address of its API.',
    }),
    allowed_organizations: trait.set(kind.str, {
      default: [],
      help: 'Organisations whose members may log in; organisation:team for a team. Members who hide that they are need the scope read:org.',
    }),
    populate_teams_in_auth_state: trait.bool({
      default: false,
      help: "Asks for the teams of the user, organisation:team each, which become the user's groups. Needs the scope read:org.",
    }),
    github_client_id: trait.str({
      default: '',
      help: 'Former name of client_id.',
      deprecated: { since: '0.1', use: 'client_id' },
    }),
    github_client_secret: trait.secret({
      default: '',
      help: 'Former name of client_secret.',
      deprecated: { since: '0.1', use: 'client_secret' },
    }),
    github_organization_whitelist: trait.set(kind.str, {
      default: [],
      help: 'Former name of allowed_organizations.',
      deprecated: { since: '0.12', use: 'allowed_organizations' },
    }),
  },
})

export type GitHubConfig = ValuesOf<typeof gitHubConfigurable>

function urlIn(values: TraitValues, name: string): string {
  return String(values[name]).replace(/\/+$/, '')
}

/** `GITHUB_HOST`, and `GITHUB_HTTP` for a test without TLS, are from before `GITHUB_URL`. */
function addressInEnvironment(_values: TraitValues, { env }: DefaultContext): string {
  const named = env['GITHUB_URL'] ?? env['GITHUB_HOST'] ?? ''
  if (named === '') return GITHUB
  const scheme = env['GITHUB_URL'] === undefined && env['GITHUB_HTTP'] ? 'http' : 'https'
  return named.includes('://') ? named : `${scheme}://${named}`
}
