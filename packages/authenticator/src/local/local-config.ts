import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { authenticatorConfigurable } from '../authenticator-config.js'

/** Options about accounts of the host, without those about its groups. */
export const accountTraits = {
  create_system_users: trait.bool({
    default: false,
    help: 'Makes the accounts of users who have none on this host. Without, such users are refused.',
  }),
  add_user_cmd: trait.command({
    default: ['adduser', '-q', '--gecos', '""', '--disabled-password'],
    help: 'Makes an account: USERNAME is replaced in every word, and the name is added at the end.',
  }),
  uids: trait.dict(kind.int, {
    default: {},
    help: 'Numeric ids of accounts to be made, by name: `--uid N` is added to the command.',
  }),
}

/** Options of authenticators whose users have accounts on the hub's host. */
export const localAuthenticatorConfigurable = defineConfigurable({
  name: 'LocalAuthenticator',
  help: 'Base of authenticators whose users have accounts on this host.',
  aliases: ['jupyterhub.auth.LocalAuthenticator'],
  parent: authenticatorConfigurable,
  traits: {
    ...accountTraits,
    allowed_groups: trait.set(kind.str, {
      default: [],
      help: 'Groups of this host whose members may log in, besides those whom other options allow.',
    }),
    group_whitelist: trait.set(kind.str, {
      default: [],
      help: 'Former name of allowed_groups.',
      deprecated: { since: '1.2', use: 'allowed_groups' },
    }),
  },
})

export type LocalAuthenticatorConfig = ValuesOf<typeof localAuthenticatorConfigurable>
export type AccountConfig = Pick<LocalAuthenticatorConfig, keyof typeof accountTraits>
