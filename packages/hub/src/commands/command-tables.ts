import { builtInAuthenticators, authenticatorConfigurable } from '@hub/authenticator'
import type { ClassRegistry, CommandLineTables, Configurable, HelpRequest } from '@hub/config'
import { builtInSpawners, spawnerConfigurable } from '@hub/spawner'
import { application } from '../config/application.js'
import { jupyterHub } from '../config/jupyterhub.js'
import { cryptKeeper } from '../config/crypt-keeper.js'
import { eventLogger, hubHttpClient, periodicMetricsCollector } from '../config/monitoring.js'
import { configurableHttpProxy, proxyConfigurable } from '../config/proxy.js'

/** The one kind of proxy there is, under the names it is configured by. */
class ConfigurableHttpProxy {
  static readonly configurable = configurableHttpProxy
}

const proxies: ClassRegistry = {
  kind: 'proxy',
  names: {
    default: ConfigurableHttpProxy,
    'configurable-http-proxy': ConfigurableHttpProxy,
    'jupyterhub.proxy.ConfigurableHTTPProxy': ConfigurableHttpProxy,
  },
}

/** Classes that options may name; their options stand in help and generated files too. */
export const plugins: readonly ClassRegistry[] = [builtInAuthenticators, builtInSpawners, proxies]

const pluginClasses = plugins.flatMap(({ names }) =>
  Object.values(names).flatMap((named) =>
    'configurable' in named && named.configurable !== undefined ? [named.configurable] : [],
  ),
)

/** Every class that can be configured. */
export const classes: readonly Configurable[] = [
  ...new Set<Configurable>([
    application,
    jupyterHub,
    spawnerConfigurable,
    authenticatorConfigurable,
    proxyConfigurable,
    configurableHttpProxy,
    periodicMetricsCollector,
    eventLogger,
    cryptKeeper,
    hubHttpClient,
    ...pluginClasses,
  ]),
]

/** What all commands accept besides `--Class.trait=value`. */
const commonTables = {
  flags: {
    debug: { set: { 'Application.log_level': 10 }, help: 'Log everything.' },
    'show-config': {
      set: { 'Application.show_config': true },
      help: 'Print the settings that differ from their defaults, and exit.',
    },
    'show-config-json': { set: { 'Application.show_config_json': true }, help: 'The same as JSON.' },
  },
  aliases: {
    f: 'JupyterHub.config_file',
    config: 'JupyterHub.config_file',
    db: 'JupyterHub.db_url',
    'log-level': 'Application.log_level',
  },
} satisfies CommandLineTables

const hubTables = {
  flags: {
    ...commonTables.flags,
    'generate-config': {
      set: { 'JupyterHub.generate_config': true },
      help: 'Write a commented configuration file, and exit.',
    },
    'generate-certs': {
      set: { 'JupyterHub.generate_certs': true },
      help: 'Make the certificates of internal_ssl, and exit.',
    },
    'no-db': { set: { 'JupyterHub.db_url': 'sqlite://' }, help: 'Keep the database in memory.' },
    'upgrade-db': {
      set: { 'JupyterHub.upgrade_db': true },
      help: "Bring an older database's tables up to date at the start.",
    },
    'no-ssl': { set: { 'JupyterHub.confirm_no_ssl': true }, help: 'Accepted, without effect.' },
  },
  aliases: {
    ...commonTables.aliases,
    'base-url': 'JupyterHub.base_url',
    y: 'JupyterHub.answer_yes',
    'ssl-key': 'JupyterHub.ssl_key',
    'ssl-cert': 'JupyterHub.ssl_cert',
    url: 'JupyterHub.bind_url',
    ip: 'JupyterHub.ip',
    port: 'JupyterHub.port',
    'pid-file': 'JupyterHub.pid_file',
    'log-file': 'JupyterHub.extra_log_file',
  },
} satisfies CommandLineTables

/** The command without a word: start hub and proxy. */
export const runHelp: HelpRequest = {
  command: 'jupyterhub',
  about: 'Starts a multi-user notebook hub and its proxy in the foreground.',
  subcommands: {
    token: 'Print a new API token for a user.',
    'check-login': 'Try a name and password, and tell who judges them and how.',
    'upgrade-db': "Bring an older database's tables up to date.",
  },
  examples: [
    { line: 'jupyterhub --generate-config', does: 'writes a commented configuration file' },
    { line: 'jupyterhub -f /etc/jupyterhub/jupyterhub_config.py', does: 'starts with that configuration' },
    { line: 'jupyterhub --ip 10.0.1.2 --port 443 --ssl-key my.key --ssl-cert my.cert', does: 'serves https' },
  ],
  classes,
  ...hubTables,
}

export const tokenHelp: HelpRequest = {
  command: 'jupyterhub token',
  about: 'Prints a new API token for a user of the hub, whoever runs this by default.',
  operands: '[NAME]',
  classes,
  ...commonTables,
  maxPositionals: 1,
}

export const checkLoginHelp: HelpRequest = {
  command: 'jupyterhub check-login',
  about:
    'Asks for a password and tells how the configured authenticator judges a login, by default of whoever runs this. ' +
    'Run it as the account of the hub. Nobody is logged in.',
  operands: '[NAME]',
  classes,
  ...commonTables,
  maxPositionals: 1,
}

export const upgradeDbHelp: HelpRequest = {
  command: 'jupyterhub upgrade-db',
  about:
    'Brings the tables of an older database up to date. An sqlite file is copied first; back up any other yourself.',
  classes,
  ...commonTables,
}
