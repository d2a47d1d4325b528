import { defineConfigurable, kind, trait } from '@hub/config'
import { application } from './application.js'
import { addressTraits } from './address-traits.js'
import { accessTraits } from './access-traits.js'
import { compatibilityTraits } from './compatibility-traits.js'
import { internalTlsTraits } from './internal-tls-traits.js'
import { monitoringTraits } from './monitoring-traits.js'
import { serverTraits } from './server-traits.js'

/** Options of the hub itself: `c.JupyterHub.…`. */
export const jupyterHub = defineConfigurable({
  name: 'JupyterHub',
  parent: application,
  help: 'The hub: who may log in, whose servers run where, and how all of it is reached.',
  aliases: ['jupyterhub.app.JupyterHub'],
  formerNames: ['JupyterHubApp'],
  removed: {
    statsd_host: 'Metrics are served to Prometheus at /hub/metrics.',
    statsd_port: 'Metrics are served to Prometheus at /hub/metrics.',
    statsd_prefix: 'Metrics are served to Prometheus at /hub/metrics.',
  },
  traits: {
    config_file: trait.str({
      default: 'jupyterhub_config.py',
      defaultText: 'the first of jupyterhub_config.py, .ts, .mts, .js, .mjs, .cjs, .json, .yaml, .yml that exists',
      help: 'Configuration file to load, relative to the working directory.',
    }),
    generate_config: trait.bool({
      default: false,
      help: 'Write a commented configuration file with every option, and exit.',
    }),
    answer_yes: trait.bool({ default: false, help: 'Overwrite files without asking.' }),
    pid_file: trait.str({
      default: '',
      help: "File to note the hub's process number in; removed at a clean end. Empty: none.",
    }),
    extra_log_file: trait.str({
      default: '',
      help: "File that the hub's log goes to as well, besides standard error. Empty: none.",
      deprecated: {
        since: '1.0',
        note: 'have standard error kept by systemd or your shell, or use extra_log_handlers',
      },
    }),
    extra_log_handlers: trait.list(kind.callable<(line: string, level: string) => unknown>(), {
      default: [],
      help: 'Functions that are given each line of the log as well, and its level (debug, info, warn, error).',
    }),
    data_files_path: trait.str({
      default: '',
      defaultText: 'the files that come with the hub',
      help: 'Directory with templates and static files, in folders of these names, that are looked for before those of the hub.',
    }),
    extra_handlers: trait.list(kind.any(), {
      default: [],
      help: 'More pages: pairs of a path below the hub’s, beginning with /, and an Express handler. Nobody is asked who they are: the handler must.',
      deprecated: { since: '3.1', note: 'use a service' },
    }),
    db_url: trait.str({
      default: 'sqlite:///jupyterhub.sqlite',
      help: 'Database: sqlite:///file, or postgresql://user:password@host/name. A value without :// is an sqlite file.',
      sensitive: true,
    }),
    db_kwargs: trait.dict(kind.any(), {
      default: {},
      help: 'Settings of the database connection: `pool_size` (PostgreSQL), `statement_timeout_ms`.',
    }),
    upgrade_db: trait.bool({
      default: false,
      help: "Bring an older database's tables up to date at the start; sqlite files are copied first.",
    }),
    reset_db: trait.bool({
      default: false,
      help: 'Start with an empty database: all tables are dropped. Everything in them is lost.',
    }),
    debug_db: trait.bool({ default: false, help: 'Log each statement sent to the database, without its values.' }),
    cookie_secret: trait.secretBytes({
      default: null,
      nullable: true,
      help: 'Key that login cookies are signed with, as hex digits (openssl rand -hex 32). Unset: JPY_COOKIE_SECRET, else cookie_secret_file.',
    }),
    cookie_secret_file: trait.str({
      default: 'jupyterhub_cookie_secret',
      help: 'File with the key that login cookies are signed with; made at the first start. Nobody else may read it.',
    }),
    cookie_max_age_days: trait.float({ default: 14, unit: 'days', help: 'How long a login lasts.' }),
    cookie_host_prefix_enabled: trait.bool({
      default: false,
      since: '4.1',
      help: 'Give login cookies the prefix __Host-, so that no neighbouring domain can set them. Needs https.',
    }),
    cleanup_servers: trait.bool({
      default: true,
      help: "Stop users' servers when the hub stops. False leaves them running for the next hub.",
    }),
    cleanup_proxy: trait.bool({ default: true, help: 'Stop the proxy when the hub stops, if the hub started it.' }),
    template_paths: trait.list(kind.str, {
      default: [],
      help: 'Directories with page templates of your own; they are searched before the built-in ones.',
    }),
    template_vars: trait.dict(kind.any(), {
      default: {},
      help: 'More variables for the page templates. Functions are called with the current user, or null.',
    }),
    jinja_environment_options: trait.dict(kind.any(), {
      default: {},
      help: 'More options of the template engine, under their Jinja2 names.',
    }),
    logo_file: trait.str({
      default: '',
      defaultText: 'the built-in logo',
      help: 'Image shown at the top of the pages.',
    }),
    tornado_settings: trait.dict(kind.any(), {
      default: {},
      help:
        'Settings of the web server, under the name that upstream gave them: slow_spawn_timeout (10 s), slow_stop_timeout (10 s), ' +
        'user_redirect_limit (4), cookie_options, xsrf_cookie_kwargs, headers.',
    }),
    ...compatibilityTraits,
    ...addressTraits,
    ...internalTlsTraits,
    ...accessTraits,
    ...serverTraits,
    ...monitoringTraits,
  },
})
