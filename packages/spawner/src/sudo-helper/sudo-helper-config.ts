import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { localProcessConfigurable } from '../local/local-process-config.js'

/** Options of {@link SudoHelperSpawner}. */
export const sudoHelperConfigurable = defineConfigurable({
  name: 'SudoHelperSpawner',
  help:
    'Has servers started by a sudospawner-helper, on this host or on several: each as the account of its user, through sudo. ' +
    'The hub needs no root, and servers outlive it. What is run is decided by the helper: cmd has no effect.',
  parent: localProcessConfigurable,
  fixed: { popen_kwargs: {}, shell_cmd: [] },
  traits: {
    helpers: trait.dict(kind.str, {
      default: { local: 'http+unix://%2Frun%2Fsudospawner-helper%2Fhelper.sock' },
      help:
        'Where the helpers are, by names of your choice: https://node7:8765, or http+unix:// and the path of a socket with each ' +
        '/ written as %2F. A name stays with the servers that were started there: do not give it to another host.',
      validate: helpersMistake,
    }),
    helper_token: trait.secret({
      default: '',
      help: 'The token that the helpers know this hub by; `sudospawner-helper token` makes one.',
    }),
    helper_tokens: trait.dict(kind.secret, {
      default: {},
      sensitive: true,
      help: 'Other tokens for some of the helpers, by their names.',
    }),
    helper_ca: trait.str({
      default: '',
      help: "File of the authorities that sign the helpers' certificates. Empty: those that the system trusts.",
    }),
    helper_cert: trait.str({
      default: '',
      help: 'File of a certificate to show to the helpers, where they ask for one.',
    }),
    helper_key: trait.str({ default: '', help: 'File of the key of helper_cert.' }),
    helper_command: trait.str({
      default: 'default',
      help: 'Which of the commands that the helper has is run; see SudoSpawnerHelper.commands.',
    }),
  },
})

export type SudoHelperConfig = ValuesOf<typeof sudoHelperConfigurable>

function helpersMistake(helpers: Readonly<Record<string, string>>): string | undefined {
  for (const [name, url] of Object.entries(helpers)) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    const isKnown = parsed !== undefined && ['http:', 'https:', 'http+unix:'].includes(parsed.protocol)
    if (!isKnown) return `${name}: ${url} is no address; write https://host:port or http+unix://%2Fpath%2Fof.sock.`
    if (parsed.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname))
      return `${name}: a token must not go to another host without TLS; use https.`
  }
  return undefined
}
