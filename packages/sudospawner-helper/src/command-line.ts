import type { HelpRequest } from '@hub/config'
import { sudospawnerHelper } from './config.js'

/** What the command accepts. */
export const helperCommandLine: HelpRequest = {
  command: 'sudospawner-helper',
  about: "Starts, follows and stops users' servers on this host, through sudo, for the hubs that hold a token of it.",
  subcommands: { token: 'Print a new token for a hub, and the line of the configuration that lets it in.' },
  examples: [
    { line: 'sudospawner-helper --generate-config', does: 'writes a commented configuration file' },
    { line: 'sudospawner-helper token', does: 'makes a token for a hub' },
    { line: 'sudospawner-helper --config /etc/jupyterhub/sudospawner_helper_config.yaml', does: 'serves' },
  ],
  classes: [sudospawnerHelper],
  flags: {
    debug: { set: { 'SudoSpawnerHelper.log_level': 'DEBUG' }, help: 'Log everything.' },
    'generate-config': {
      set: { 'SudoSpawnerHelper.generate_config': true },
      help: 'Write a commented configuration file, and exit.',
    },
    'show-config': {
      set: { 'SudoSpawnerHelper.show_config': true },
      help: 'Print the settings that differ from their defaults, and exit.',
    },
  },
  aliases: {
    f: 'SudoSpawnerHelper.config_file',
    config: 'SudoSpawnerHelper.config_file',
    y: 'SudoSpawnerHelper.answer_yes',
    socket: 'SudoSpawnerHelper.socket',
    ip: 'SudoSpawnerHelper.ip',
    port: 'SudoSpawnerHelper.port',
    'ssl-key': 'SudoSpawnerHelper.ssl_key',
    'ssl-cert': 'SudoSpawnerHelper.ssl_cert',
    'state-dir': 'SudoSpawnerHelper.state_dir',
    'log-level': 'SudoSpawnerHelper.log_level',
  },
}
