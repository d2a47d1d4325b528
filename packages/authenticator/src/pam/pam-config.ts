import { defineConfigurable, kind, trait, type TraitValues, type ValuesOf } from '@hub/config'
import { localAuthenticatorConfigurable } from '../local/local-config.js'
import { PAM_ENCODINGS } from './protocol.js'

const ALLOW_OPTIONS = ['allowed_users', 'allowed_groups'] as const

export const pamConfigurable = defineConfigurable({
  name: 'PAMAuthenticator',
  help: 'The accounts of this host and their passwords, as PAM checks them. Everyone with a password may log in, unless an allow option is set.',
  aliases: ['jupyterhub.auth.PAMAuthenticator'],
  parent: localAuthenticatorConfigurable,
  defaults: {
    // The accounts of the host are the list of those who may log in, as long as there is no other.
    allow_all: (values, context) => !context.isSet('allow_existing_users') && !namesAnybody(values),
    any_allow_config: (values, context) =>
      context.isSet('allow_all') || context.isSet('allow_existing_users') || namesAnybody(values),
  },
  traits: {
    service: trait.str({ default: 'login', help: 'Name of the PAM service, a file of /etc/pam.d.' }),
    encoding: trait.enumeration(PAM_ENCODINGS, { default: 'utf8', help: 'Encoding of passwords as PAM gets them.' }),
    check_account: trait.bool({
      default: true,
      help: "Also asks PAM's account stack, which refuses accounts that are locked or have expired.",
    }),
    open_sessions: trait.bool({
      default: false,
      help: 'Opens a PAM session before a server starts and closes it after its stop, in a process beside the hub.',
    }),
    admin_groups: trait.set(kind.str, {
      default: [],
      help: 'Groups of this host whose members are administrators. Whoever has left them no longer is, unless named in admin_users.',
    }),
    pam_normalize_username: trait.bool({
      default: false,
      help: "Takes the account's own spelling for the name of the user, instead of lower case.",
    }),
    executor_threads: trait.int({
      default: 4,
      since: '5.2',
      help: 'How many logins PAM is asked about at once.',
      validate: (count) => (count >= 1 ? undefined : 'At least one is needed.'),
    }),
    check_timeout: trait.int({
      default: 60,
      unit: 's',
      help: 'A check that takes longer, such as by a module that hangs, is ended and refused.',
      validate: (seconds) => (seconds >= 1 ? undefined : 'At least a second is needed.'),
    }),
  },
})

export type PamConfig = ValuesOf<typeof pamConfigurable>

function namesAnybody(values: TraitValues): boolean {
  return ALLOW_OPTIONS.some((name) => {
    const value = values[name]
    return value instanceof Set && value.size > 0
  })
}
