import { kind, trait } from '@hub/config'

const notNegative = (count: number): string | undefined => (count >= 0 ? undefined : 'It cannot be negative.')

/** Who may log in and do what. */
export const accessTraits = {
  authenticator_class: trait.classRef<unknown>('authenticator', {
    default: 'pam',
    help: 'How people log in: pam (the accounts of this host), github, oidc, ldap, shared-password, dummy (any name, for trying out), null (nobody), or a class of yours (module#Class).',
  }),
  admin_users: trait.set(kind.str, {
    default: [],
    help: 'Names of administrators.',
    deprecated: { since: '0.7.2', use: 'Authenticator.admin_users' },
  }),
  admin_access: trait.bool({
    default: false,
    help: 'Tell servers that administrators may enter them; who may is decided by roles.',
    deprecated: { since: '2.0', note: 'the scope access:servers in JupyterHub.load_roles says who may enter servers' },
  }),
  api_tokens: trait.dict(kind.str, {
    default: {},
    sensitive: true,
    help: 'Tokens of users, by token: {"a-secret-of-at-least-8-characters": "name"}. Prefer services with roles.',
    deprecated: {
      since: '2.0',
      note: 'declare a service with an api_token in JupyterHub.services, and its role in load_roles',
    },
  }),
  service_tokens: trait.dict(kind.str, {
    default: {},
    sensitive: true,
    help: 'Tokens of services, by token.',
    deprecated: { since: '2.0', note: 'give the service an api_token in JupyterHub.services' },
  }),
  trust_user_provided_tokens: trait.bool({
    default: false,
    help: 'Hash tokens from the configuration once instead of 16384 times. Only for tokens that are long and random.',
  }),
  services: trait.list(kind.dict(kind.any()), {
    default: [],
    help: 'Programs that work with the hub, a list of {name, url, command, api_token, oauth_client_id, …}.',
    sensitive: true,
  }),
  load_groups: trait.dict(kind.any(), {
    default: {},
    help: 'Groups to create and fill at the start: name → {users: [...], properties: {...}}. Members are only added.',
  }),
  load_roles: trait.list(kind.dict(kind.any()), {
    default: [],
    help: 'Roles: a list of {name, description, scopes, users, groups, services}.',
  }),
  extra_user_scopes: trait.set(kind.str, {
    default: [],
    since: '6.0',
    help: 'Scopes that every user has on top of the default ones.',
  }),
  custom_scopes: trait.dict(kind.any(), {
    default: {},
    help: 'Scopes of your own: custom:name → {description, subscopes}.',
  }),
  oauth_token_expires_in: trait.int({
    default: (values) => Math.round(Number(values['cookie_max_age_days']) * 86_400),
    defaultText: 'cookie_max_age_days',
    unit: 's',
    help: 'How long a browser stays logged in to a server or service.',
  }),
  oauth_require_pkce: trait.bool({
    default: false,
    since: '6.0',
    help: 'Refuse OAuth clients that do not prove possession of their code (PKCE).',
  }),
  login_failures_per_account: trait.int({
    default: 10,
    help: 'How many wrong passwords an address may send for an account within login_failure_window; ten times as many come from all addresses together. 0: no limit.',
    validate: notNegative,
  }),
  login_failures_per_address: trait.int({
    default: 100,
    help: 'How many wrong passwords an address may send within login_failure_window, for whatever accounts. 0: no limit.',
    validate: notNegative,
  }),
  login_failure_window: trait.int({
    default: 600,
    unit: 's',
    help: 'How long wrong passwords count; they run out evenly over this time.',
    validate: (seconds) => (seconds > 0 ? undefined : 'At least a second is needed.'),
  }),
  token_expires_in_max_seconds: trait.int({
    default: 0,
    unit: 's',
    since: '5.1',
    help: 'Longest life of a token that users make for themselves; 0: no limit.',
  }),
}
