import { defineConfigurable, kind, trait } from '@hub/config'
import { fromEnvironment, oauthConfigurable } from '../oauth-config.js'

export const gitLabConfigurable = defineConfigurable({
  name: 'GitLabOAuthenticator',
  help: 'Accounts of gitlab.com or of a GitLab of your own.',
  aliases: ['oauthenticator.gitlab.GitLabOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    login_service: 'GitLab',
    client_id: (_values, { env }) => env['GITLAB_CLIENT_ID'] ?? env['OAUTH_CLIENT_ID'] ?? '',
    client_secret: (_values, { env }) => env['GITLAB_CLIENT_SECRET'] ?? env['OAUTH_CLIENT_SECRET'] ?? '',
    authorize_url: (values) => `${String(values['gitlab_url'])}/oauth/authorize`,
    token_url: (values) => `${String(values['gitlab_url'])}/oauth/token`,
    userdata_url: (values) => `${String(values['gitlab_api'])}/user`,
    username_claim: 'username',
    scope: ['read_user'],
  },
  traits: {
    gitlab_url: trait.str({
      default: fromEnvironment('GITLAB_URL', 'https://gitlab.com'),
      defaultText: 'GITLAB_URL of the environment, else https://gitlab.com',
      help: 'Address of the GitLab.',
    }),
    gitlab_api_version: trait.str({
      default: fromEnvironment('GITLAB_API_VERSION', 'v4'),
      defaultText: 'v4',
      help: 'Version of its API.',
    }),
    gitlab_api: trait.str({
      default: (values) => `${String(values['gitlab_url'])}/api/${String(values['gitlab_api_version'])}`,
      defaultText: 'gitlab_url/api/v4',
      help: 'Address of its API.',
    }),
    allowed_gitlab_groups: trait.set(kind.str, {
      default: [],
      help: 'Groups, by full path, whose members may log in. Needs the scope read_api.',
    }),
    allowed_project_ids: trait.set(kind.int, {
      default: [],
      help: 'Projects, by number, whose developers may log in. Needs the scope read_api.',
    }),
    gitlab_group_whitelist: trait.set(kind.str, {
      default: [],
      help: 'Former name of allowed_gitlab_groups.',
      deprecated: { since: '0.12', use: 'allowed_gitlab_groups' },
    }),
    gitlab_project_id_whitelist: trait.set(kind.int, {
      default: [],
      help: 'Former name of allowed_project_ids.',
      deprecated: { since: '0.12', use: 'allowed_project_ids' },
    }),
  },
})
