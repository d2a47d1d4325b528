import { defineConfigurable, kind, trait } from '@hub/config'

/** Options of the encryption of what authenticators remember: `c.CryptKeeper.…`. */
export const cryptKeeper = defineConfigurable({
  name: 'CryptKeeper',
  help: 'Encrypts what the authenticator remembers of users, if Authenticator.enable_auth_state is on.',
  aliases: ['jupyterhub.crypto.CryptKeeper'],
  traits: {
    keys: trait.list(kind.secretBytes, {
      default: [],
      defaultText: 'the keys in JUPYTERHUB_CRYPT_KEY, separated by ;',
      help: 'Keys of 32 bytes each, as 64 hex digits (openssl rand -hex 32) or base64. The first encrypts, all decrypt.',
    }),
    n_threads: trait.int({
      default: 0,
      help: 'Accepted for configurations that set it; encrypting takes microseconds here and needs no threads.',
    }),
  },
})
