import { type Configurable, defineConfigurable } from '@hub/config'
import { accountTraits } from '../local/local-config.js'

/** Options of a class whose users also get accounts on this host, under the name that oauthenticator has for it. */
export function localVariant(parent: Configurable): Configurable {
  return defineConfigurable({
    name: `Local${parent.name}`,
    help: `${parent.help} Makes accounts on this host for them.`,
    aliases: parent.aliases.map((alias) => alias.replace(/\.(?=[^.]*$)/, '.Local')),
    parent,
    traits: accountTraits,
  })
}
