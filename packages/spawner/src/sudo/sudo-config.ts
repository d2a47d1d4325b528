import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { localProcessConfigurable } from '../local/local-process-config.js'

/** Options of {@link SudoSpawner}. */
export const sudoConfigurable = defineConfigurable({
  name: 'SudoSpawner',
  help:
    'Starts servers as processes of this host through sudo, for a hub that is not root. ' +
    'The program is that of the mediator: `cmd`, `port`, `shell_cmd` and `popen_kwargs` have no effect.',
  aliases: ['sudospawner.SudoSpawner'],
  parent: localProcessConfigurable,
  traits: {
    sudospawner_path: trait.str({
      default: (_values, { env }) => firstOnPath('sudospawner', env['PATH'] ?? '') ?? 'sudospawner',
      defaultText: 'the first `sudospawner` on the PATH of the hub',
      help: 'The mediator: the one program that sudo lets the hub run as its users. Name it as sudoers does.',
    }),
    sudo_args: trait.list(kind.str, {
      default: ['-nH'],
      help: 'Options of sudo, after `-u USER`. -n: fail rather than ask for a password; -H: the home of the user.',
    }),
    mediator_log_level: trait.str({
      default: 'INFO',
      help: 'How much the mediator logs: debug, info, warning, error, none. Empty: as much as it does by itself.',
    }),
    debug_mediator: trait.bool({
      default: false,
      help: 'Makes the mediator log in detail.',
      deprecated: {
        since: '1.0',
        use: 'SudoSpawner.mediator_log_level',
        apply: (value): Readonly<Record<string, unknown>> =>
          value === true ? { 'SudoSpawner.mediator_log_level': 'DEBUG' } : {},
      },
    }),
  },
})

export type SudoConfig = ValuesOf<typeof sudoConfigurable>

/** While the configuration is read, so it may block. */
function firstOnPath(program: string, path: string): string | undefined {
  const candidates = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
