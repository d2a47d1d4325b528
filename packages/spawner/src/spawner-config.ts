import type { JsonObject } from '@hub/api'
import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import type { ReadyEvent, SpawnForm } from './contract.js'
import type { Spawner } from './spawner.js'

/** A value of the configuration, or what computes it for one server. */
type PerServer<T> = (spawner: Spawner) => T | Promise<T>

/** What a group's members get instead of the configured values. */
export interface GroupOverride {
  readonly groups: readonly string[]
  /** Values by option name, or functions of the spawner that return them. */
  readonly spawner_override: Readonly<Record<string, unknown>>
}

/** Options of every spawner. What a server reads of them reaches it through its environment. */
export const spawnerConfigurable = defineConfigurable({
  name: 'Spawner',
  help: "Starts users' servers.",
  aliases: ['jupyterhub.spawner.Spawner'],
  traits: {
    cmd: trait.command({
      default: ['jupyterhub-singleuser'],
      nullable: true,
      help: 'Program to start for each user, a list of words. A single string is one word: it is not split.',
    }),
    args: trait.list(kind.str, { default: [], help: 'Arguments added after `cmd`.', expandTilde: false }),
    environment: trait.dict(kind.oneOf([kind.callable<(spawner: Spawner) => string | Promise<string>>(), kind.str]), {
      default: {},
      help: 'More environment variables of the servers; they override all others. A value may be a function of the spawner.',
    }),
    env_keep: trait.list(kind.str, {
      default: ['JUPYTERHUB_SINGLEUSER_APP'],
      help: 'Names of variables of the hub that its servers get too, where the hub has them.',
    }),
    ip: trait.str({
      default: '127.0.0.1',
      help: "Address the server listens on. '' means every interface, IPv4 and IPv6 (for servers of JupyterHub 5.3 and later).",
    }),
    port: trait.int({
      default: 0,
      help: 'Port the server listens on; 0 picks a free one for each start.',
      validate: (port) => (port < 0 || port > 65535 ? 'A port is between 0 and 65535.' : undefined),
    }),
    hub_connect_url: trait.str({
      default: null,
      nullable: true,
      help: 'Where servers reach the hub when that is not where the hub listens, such as http://hub.internal:8081.',
    }),
    notebook_dir: trait.str({
      default: '',
      expandTilde: false,
      help: "Directory the server shows. {username} is filled in; `~` is the user's home. Empty: where the server starts.",
    }),
    default_url: trait.str({
      default: '',
      help: "Path the server's own root leads to, such as /lab or /tree/{username}. Empty: the server's default.",
    }),
    disable_user_config: trait.bool({
      default: false,
      help: "Keeps the server from reading configuration files in the user's home.",
    }),
    debug: trait.bool({ default: false, help: 'Makes servers log in detail.' }),
    mem_limit: trait.bytespec({
      default: null,
      nullable: true,
      unit: 'bytes',
      help: 'Most memory a server may use. Enforced by spawners that can; others only tell the server.',
    }),
    mem_guarantee: trait.bytespec({
      default: null,
      nullable: true,
      unit: 'bytes',
      help: 'Memory a server is sure to get. Enforced by spawners that can; others only tell the server.',
    }),
    cpu_limit: trait.float({
      default: null,
      nullable: true,
      unit: 'cores',
      help: 'Most cpu a server may use; 0.5 is half of one core. Enforced by spawners that can.',
    }),
    cpu_guarantee: trait.float({
      default: null,
      nullable: true,
      unit: 'cores',
      help: 'Cpu a server is sure to get; 0.5 is half of one core. Enforced by spawners that can.',
    }),
    start_timeout: trait.int({
      default: 60,
      unit: 's',
      help: 'How long a start may take until the process (container, job, …) exists. Then it is given up.',
    }),
    http_timeout: trait.int({
      default: 30,
      unit: 's',
      help: 'How long a started server may take until it answers HTTP. Then it is stopped.',
    }),
    poll_interval: trait.int({
      default: 30,
      unit: 's',
      help: 'How often the hub looks whether a server still runs; 0 or less: never.',
    }),
    poll_jitter: trait.float({
      default: 0.1,
      since: '5.0',
      help: 'Spreads the polls by this fraction of poll_interval, so that many servers are not polled at once.',
      validate: (jitter) => (jitter < 0 || jitter > 1 ? 'A fraction between 0 and 1 is expected.' : undefined),
    }),
    consecutive_failure_limit: trait.int({
      default: 0,
      help: 'The hub exits after this many failed starts in a row, for its supervisor to start it afresh; 0: never.',
    }),
    options_form: trait.oneOf([kind.callable<PerServer<string>>(), kind.str], {
      default: '',
      help: 'HTML of the form shown before a start, or a function of the spawner that returns it. Empty: no form.',
    }),
    options_fields: trait.list(kind.any<Readonly<Record<string, unknown>>>(), {
      default: [],
      help:
        'Fields of the form shown before a start, instead of HTML: objects with name, type (select, radio, number, text, checkbox), ' +
        'label, help, choices, default, required, min, max, step, unit, pattern, max_length. Checked in the browser and by the hub, ' +
        'and of options sent to the REST API too. Not used when options_form is set.',
    }),
    options_from_form: trait.oneOf(
      [kind.callable<(form: SpawnForm, spawner: Spawner) => unknown>(), kind.enumeration(['passthrough', 'simple'])],
      {
        default: 'passthrough',
        help:
          'Turns the submitted form (lists by field name) into user_options: a function of form and spawner; ' +
          "'passthrough' leaves it as it is; 'simple' takes lists of one apart and turns a lone `on` into true.",
      },
    ),
    apply_user_options: trait.oneOf(
      [kind.callable<(spawner: Spawner, options: JsonObject) => unknown>(), kind.dict(kind.str)],
      {
        default: null,
        nullable: true,
        since: '5.3',
        help:
          'Takes the chosen user_options over at each start: a function of spawner and options, ' +
          'or the names of the options of this class that they set, by name of the user option.',
      },
    ),
    pre_spawn_hook: trait.callable<(spawner: Spawner) => unknown>({
      default: null,
      nullable: true,
      help: 'Called with the spawner right before each start. An error fails the start.',
    }),
    post_stop_hook: trait.callable<(spawner: Spawner) => unknown>({
      default: null,
      nullable: true,
      help: 'Called with the spawner after each stop, also after a failed start. Errors are logged.',
    }),
    auth_state_hook: trait.callable<(spawner: Spawner, authState: JsonObject | null) => unknown>({
      default: null,
      nullable: true,
      help: "Called with the spawner and the user's auth_state (or null) before each start and before the form is shown.",
    }),
    progress_ready_hook: trait.callable<(spawner: Spawner, event: ReadyEvent) => unknown>({
      default: null,
      nullable: true,
      since: '5.0',
      help: 'Called with the spawner and the last progress event of a start; may return another one.',
    }),
    group_overrides: trait.oneOf(
      [kind.callable<PerServer<Readonly<Record<string, GroupOverride>>>>(), kind.dict(kind.any<GroupOverride>())],
      {
        default: {},
        since: '5.1',
        help:
          'Other values for members of groups: label → {groups: […], spawner_override: {option: value}}. ' +
          'Applied in the order of the labels, later ones win.',
      },
    ),
    oauth_client_allowed_scopes: trait.oneOf([kind.callable<PerServer<readonly string[]>>(), kind.list(kind.str)], {
      default: [],
      help: "Scopes that the server may ask its visitors' tokens to have, besides access to itself; or a function of the spawner.",
    }),
    oauth_roles: trait.oneOf([kind.callable<PerServer<readonly string[]>>(), kind.list(kind.str)], {
      default: [],
      help: 'Roles whose scopes the server may ask for. Ignored when oauth_client_allowed_scopes is set.',
      deprecated: { since: '3.0', note: 'List scopes in Spawner.oauth_client_allowed_scopes instead.' },
    }),
    server_token_scopes: trait.oneOf([kind.callable<PerServer<readonly string[]>>(), kind.list(kind.str)], {
      default: [],
      since: '4.0',
      help: "Scopes of the server's own token, or a function of the spawner. Empty: those of the role `server`.",
    }),
    ssl_alt_names: trait.oneOf([kind.callable<PerServer<readonly string[]>>(), kind.list(kind.str)], {
      default: null,
      nullable: true,
      defaultText: 'JupyterHub.trusted_alt_names',
      help: "Names in the server's certificate for internal TLS, such as DNS:node7, or a function of the spawner.",
    }),
    ssl_alt_names_include_local: trait.bool({
      default: true,
      help: 'Adds DNS:localhost and IP:127.0.0.1 to ssl_alt_names.',
    }),
  },
})

// An interface, because hooks name the spawner and the spawner names its options: only interfaces may be in such a circle.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface SpawnerConfig extends ValuesOf<typeof spawnerConfigurable> {}
