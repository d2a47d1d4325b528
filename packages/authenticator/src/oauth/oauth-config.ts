import { type DefaultContext, defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import type { JsonObject } from '@hub/api'
import { authenticatorConfigurable } from '../authenticator-config.js'
import type { AuthModel, HubUser, RefreshResult } from '../contract.js'

/** A default that an environment variable may give. */
export const fromEnvironment =
  (name: string, otherwise = '') =>
  (_values: unknown, { env }: Pick<DefaultContext, 'env'>): string =>
    env[name] ?? otherwise

const isOn =
  (name: string, otherwise: boolean) =>
  (_values: unknown, { env }: Pick<DefaultContext, 'env'>) =>
    env[name] === undefined ? otherwise : /^(?:1|true)$/i.test(env[name])

/** Options of authenticators that send people to a login service and get them back with a code. */
export const oauthConfigurable = defineConfigurable({
  name: 'OAuthenticator',
  help: 'Base of authenticators that let a login service say who people are (OAuth 2.0, OpenID Connect).',
  aliases: ['oauthenticator.oauth2.OAuthenticator'],
  parent: authenticatorConfigurable,
  traits: {
    login_service: trait.str({ default: 'OAuth 2.0', help: 'Name of the service on the button "Sign in with …".' }),
    client_id: trait.str({
      default: fromEnvironment('OAUTH_CLIENT_ID'),
      defaultText: 'OAUTH_CLIENT_ID of the environment',
      help: 'Name of the hub at the login service.',
    }),
    client_secret: trait.secret({
      default: fromEnvironment('OAUTH_CLIENT_SECRET'),
      defaultText: 'OAUTH_CLIENT_SECRET of the environment',
      help: "The hub's password there.",
    }),
    oauth_callback_url: trait.str({
      default: fromEnvironment('OAUTH_CALLBACK_URL'),
      defaultText: 'OAUTH_CALLBACK_URL of the environment',
      help: 'Where the service sends people back to, https://HOST/hub/oauth_callback; by default made from the address in the browser.',
    }),
    issuer: trait.str({
      default: '',
      help: 'Of an OpenID Connect provider: its URL, from which all other URLs and the keys of its tokens are found.',
    }),
    authorize_url: trait.str({
      default: fromEnvironment('OAUTH2_AUTHORIZE_URL'),
      defaultText: 'OAUTH2_AUTHORIZE_URL of the environment',
      help: 'Page of the service that people log in on.',
    }),
    token_url: trait.str({
      default: fromEnvironment('OAUTH2_TOKEN_URL'),
      defaultText: 'OAUTH2_TOKEN_URL of the environment',
      help: 'Where the hub trades the code for a token.',
    }),
    userdata_url: trait.str({
      default: fromEnvironment('OAUTH2_USERDATA_URL'),
      defaultText: 'OAUTH2_USERDATA_URL of the environment',
      help: 'Where the hub asks, with that token, who has logged in.',
    }),
    userdata_from_id_token: trait.bool({
      default: false,
      help: 'Takes who has logged in from the checked id token instead of asking userdata_url. Needs issuer.',
    }),
    userdata_params: trait.dict(kind.str, { default: {}, help: 'More parameters of the request to userdata_url.' }),
    userdata_token_method: trait.enumeration(['header', 'url'], {
      default: 'header',
      help: 'How userdata_url gets the token. In a URL it may end up in logs.',
    }),
    token_params: trait.dict(kind.str, { default: {}, help: 'More parameters of the request to token_url.' }),
    extra_authorize_params: trait.dict(kind.str, { default: {}, help: 'More parameters of authorize_url.' }),
    scope: trait.list(kind.str, { default: [], help: 'What the hub asks to know. openid is added for an issuer.' }),
    allowed_scopes: trait.list(kind.str, {
      default: [],
      help: 'Lets in whoever was granted all of these scopes.',
    }),
    username_claim: trait.oneOf([kind.callable<(user: JsonObject) => string>(), kind.str], {
      default: 'username',
      help: 'Field that is the name of the user; a.b for a field within one, or a function of all.',
    }),
    auth_state_groups_key: trait.oneOf([kind.callable<(state: JsonObject) => unknown>(), kind.str], {
      default: '',
      help: 'Field of the auth state that lists the groups of the user, such as oauth_user.groups, or a function of it.',
    }),
    allowed_groups: trait.set(kind.str, {
      default: [],
      help: 'Groups (see auth_state_groups_key) whose members may log in.',
    }),
    admin_groups: trait.set(kind.str, {
      default: [],
      help: 'Groups whose members are administrators. Whoever has left them no longer is, unless named in admin_users.',
    }),
    basic_auth: trait.bool({
      default: isOn('OAUTH2_BASIC_AUTH', false),
      defaultText: 'OAUTH2_BASIC_AUTH of the environment, else False',
      help: 'Sends client_id and client_secret in an Authorization header instead of the form.',
    }),
    enable_pkce: trait.bool({ default: true, help: 'Proves to the service that the code was asked for here (PKCE).' }),
    validate_server_cert: trait.bool({
      default: isOn('OAUTH_TLS_VERIFY', true),
      defaultText: 'True unless OAUTH_TLS_VERIFY=0',
      help: 'False trusts whoever answers. Name the certificate in http_request_kwargs instead: {"ca_certs": "ca.pem"}.',
    }),
    http_request_kwargs: trait.dict(kind.any(), {
      default: {},
      help: 'Of requests to the service: ca_certs (file), request_timeout (seconds), proxy_host and proxy_port.',
    }),
    custom_403_message: trait.str({
      default: 'You are not allowed in here. Ask the administrator of this hub.',
      help: 'What those read who may not log in.',
    }),
    logout_redirect_url: trait.str({
      default: fromEnvironment('OAUTH_LOGOUT_REDIRECT_URL'),
      defaultText: 'OAUTH_LOGOUT_REDIRECT_URL of the environment',
      help: 'Where people are sent after they have logged out.',
    }),
    logout_at_provider: trait.bool({
      default: false,
      help: 'Ends the session at the provider too, where its discovery says how. Uses the id token if enable_auth_state keeps it.',
    }),
    modify_auth_state_hook: trait.callable<
      (authenticator: unknown, state: JsonObject) => JsonObject | Promise<JsonObject>
    >({ default: null, nullable: true, help: 'Called with authenticator and auth state; returns the state to keep.' }),
    refresh_user_hook: trait.callable<
      (
        authenticator: unknown,
        user: HubUser,
        state: JsonObject | null,
      ) => RefreshResult | AuthModel | null | Promise<RefreshResult | AuthModel | null>
    >({
      default: null,
      nullable: true,
      help: 'Called at each refresh with authenticator, user and auth state; null goes on as without.',
    }),
    username_key: trait.any({
      default: '',
      help: 'Former name of username_claim.',
      deprecated: { since: '16.0', use: 'username_claim' },
    }),
    extra_params: trait.dict(kind.str, {
      default: {},
      help: 'Former name of token_params.',
      deprecated: { since: '16.0', use: 'token_params' },
    }),
    tls_verify: trait.bool({
      default: true,
      help: 'Former name of validate_server_cert.',
      deprecated: { since: '16.0', use: 'validate_server_cert' },
    }),
    claim_groups_key: trait.any({
      default: '',
      help: 'Field of the user data that lists groups; former form of auth_state_groups_key.',
      deprecated: {
        since: '17.0',
        use: 'auth_state_groups_key',
        apply: (value) => ({
          auth_state_groups_key:
            typeof value === 'function'
              ? (state: JsonObject): unknown => (value as (user: unknown) => unknown)(state['oauth_user']) // as was documented
              : `oauth_user.${String(value)}`,
        }),
      },
    }),
  },
})

export type OAuthConfig = ValuesOf<typeof oauthConfigurable>

export const genericConfigurable = defineConfigurable({
  name: 'GenericOAuthenticator',
  help: 'Any login service that speaks OpenID Connect (set issuer) or OAuth 2.0 (set the three URLs).',
  aliases: ['oauthenticator.generic.GenericOAuthenticator'],
  parent: oauthConfigurable,
  defaults: {
    username_claim: (values) => (values['issuer'] === '' ? 'username' : 'preferred_username'),
  },
  traits: {},
})
