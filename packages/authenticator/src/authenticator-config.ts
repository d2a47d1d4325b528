import { defineConfigurable, kind, trait, type TraitValues, type ValuesOf } from '@hub/config'
import type { Authenticator } from './authenticator.js'
import type { AuthModel, LoginRequest } from './contract.js'
import { usernameExpression } from './username.js'

/** Options of every authenticator. */
export const authenticatorConfigurable = defineConfigurable({
  name: 'Authenticator',
  help: 'Decides who may log in.',
  aliases: ['jupyterhub.auth.Authenticator'],
  traits: {
    allowed_users: trait.set(kind.str, {
      default: [],
      help: 'Names that may log in. They are added to the database at the start.',
    }),
    allow_all: trait.bool({
      default: false,
      since: '5.0',
      help: 'Lets everyone in who can log in, except blocked_users.',
    }),
    allow_existing_users: trait.bool({
      default: (values) => isFilled(values, 'allowed_users'),
      defaultText: 'true when allowed_users is set',
      since: '5.0',
      help: 'Lets everyone in who is in the database, such as users added on the admin page.',
    }),
    any_allow_config: trait.bool({
      default: (values) =>
        values['allow_all'] === true || values['allow_existing_users'] === true || isFilled(values, 'allowed_users'),
      defaultText: 'true when an allow option is set',
      since: '5.0',
      help: 'True: the hub does not warn that nobody may log in, because something else (such as a hook) decides.',
    }),
    blocked_users: trait.set(kind.str, {
      default: [],
      help: 'Names that may not log in, whatever else allows them. At the start they lose admin, roles, groups and servers.',
    }),
    admin_users: trait.set(kind.str, {
      default: [],
      help:
        'Names that are made administrators (and added to the database) at the start. ' +
        'They also count as allowed_users when there are any. Taking a name out later takes no rights away.',
    }),
    whitelist: trait.set(kind.str, {
      default: [],
      help: 'Former name of allowed_users.',
      deprecated: { since: '1.2', use: 'allowed_users' },
    }),
    blacklist: trait.set(kind.str, {
      default: [],
      help: 'Former name of blocked_users.',
      deprecated: { since: '1.2', use: 'blocked_users' },
    }),
    username_pattern: trait.str({
      default: '',
      help: 'Regular expression that names must begin with a match of; end it with $ to match whole names.',
      validate: (pattern) => (isRegularExpression(pattern) ? undefined : 'This is not a regular expression.'),
    }),
    username_map: trait.dict(kind.str, {
      default: {},
      help: "The user's name in the hub, by (lower-case) name given at login.",
    }),
    delete_invalid_users: trait.bool({
      default: false,
      help: 'At the start deletes users from the database that the authenticator does not take, such as removed accounts.',
    }),
    enable_auth_state: trait.bool({
      default: false,
      help: 'Stores what the authenticator learns at login (auth_state), encrypted. Needs a key in JUPYTERHUB_CRYPT_KEY.',
    }),
    auth_refresh_age: trait.int({
      default: 300,
      unit: 's',
      help: 'A request of a user whose last refresh is older asks the authenticator anew; 0: never.',
    }),
    refresh_pre_spawn: trait.bool({
      default: false,
      help: "Asks the authenticator anew before each start of a user's server.",
    }),
    refresh_pre_stop: trait.bool({
      default: false,
      since: '5.4',
      help: "Asks the authenticator anew before each stop of a user's server.",
    }),
    manage_groups: trait.bool({
      default: false,
      help: 'Makes the groups of users those that the authenticator says at login and refresh.',
    }),
    manage_roles: trait.bool({
      default: false,
      since: '5.0',
      help: 'Makes the roles of users those that the authenticator says at login and refresh. Rules out load_roles.',
    }),
    reset_managed_roles_on_startup: trait.bool({
      default: false,
      since: '5.0',
      help: 'At the start removes managed roles that the authenticator does not give at the start.',
    }),
    auto_login: trait.bool({
      default: false,
      help: "Skips the hub's login page and goes straight to the authenticator's.",
    }),
    auto_login_oauth2_authorize: trait.bool({
      default: false,
      help: 'The same, only for those who come from a server or service.',
    }),
    post_auth_hook: trait.callable<
      (authenticator: Authenticator, request: LoginRequest, model: AuthModel) => AuthModel | Promise<AuthModel>
    >({
      default: null,
      nullable: true,
      help: 'Called with authenticator, request and model of each user who may log in; returns the model, changed or not.',
    }),
    request_otp: trait.bool({
      default: false,
      since: '5.0',
      help: 'Adds a field for a one-time password to the login form.',
    }),
    otp_prompt: trait.any({ default: 'OTP:', since: '5.0', help: 'Label of the field for the one-time password.' }),
  },
})

// An interface, because the hook names the authenticator, which names its options: only interfaces may be in such a circle.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface AuthenticatorConfig extends ValuesOf<typeof authenticatorConfigurable> {}

function isFilled(values: TraitValues, name: string): boolean {
  const value = values[name]
  return value instanceof Set && value.size > 0
}

function isRegularExpression(pattern: string): boolean {
  try {
    usernameExpression(pattern)
    return true
  } catch {
    return false
  }
}
