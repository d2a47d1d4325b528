import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { tokenHashMistake } from './tokens.js'

/** The mediator that comes with this package. */
const ownMediator = fileURLToPath(new URL('../bin/sudospawner.cjs', import.meta.url))

/** Options of the daemon: `c.SudoSpawnerHelper.…`. */
export const sudospawnerHelper = defineConfigurable({
  name: 'SudoSpawnerHelper',
  help: "The daemon that starts users' servers on its host, for hubs that hold a token of it.",
  traits: {
    config_file: trait.str({
      default: 'sudospawner_helper_config.py',
      defaultText:
        'the first of sudospawner_helper_config.py, .ts, .mts, .js, .mjs, .cjs, .json, .yaml, .yml that exists',
      help: 'Configuration file to load, relative to the working directory.',
    }),
    generate_config: trait.bool({ default: false, help: 'Write a commented configuration file, and exit.' }),
    show_config: trait.bool({ default: false, help: 'Print the settings that differ from their defaults, and exit.' }),
    answer_yes: trait.bool({ default: false, help: 'Overwrite files without asking.' }),
    log_level: trait.enumeration(['DEBUG', 'INFO', 'WARN', 'ERROR'], {
      default: 'INFO',
      help: 'Events below this level are not logged.',
    }),
    log_format: trait.enumeration(['text', 'json'], {
      default: 'text',
      help: 'A line an event, or a JSON object an event.',
    }),

    socket: trait.str({
      default: '/run/sudospawner-helper/helper.sock',
      help: 'Unix socket to listen on, for hubs on this host. Not used when `port` is set.',
    }),
    socket_mode: trait.int({
      default: 0o660,
      help: 'Mode of the socket: who may connect. The token is asked for all the same.',
    }),
    ip: trait.str({ default: '127.0.0.1', help: "Address to listen on, with `port`. '' means every interface." }),
    port: trait.int({
      default: 0,
      help: 'Port to listen on, for hubs on other hosts; needs ssl_key and ssl_cert unless `ip` is a loopback address. 0: the socket.',
      validate: (port) => (port < 0 || port > 65535 ? 'A port is between 0 and 65535.' : undefined),
    }),
    ssl_key: trait.str({ default: '', help: 'File of the private key for https. Read again on SIGHUP.' }),
    ssl_cert: trait.str({ default: '', help: 'File of the certificate for https, with its chain.' }),
    ssl_client_ca: trait.str({
      default: '',
      help: 'File of the authorities whose client certificates are accepted; set, a hub must show one besides its token.',
    }),
    tokens: trait.dict(kind.str, {
      default: {},
      sensitive: true,
      help: 'Hashes of the tokens of hubs, by the name of the hub; `sudospawner-helper token NAME` makes both. A hub sees its own servers only.',
      validate: tokenHashMistake,
    }),

    state_dir: trait.str({
      default: '/var/lib/sudospawner-helper',
      help: 'Folder for what must outlive the helper: the list of servers, and their logs. It belongs to one helper.',
    }),
    sudo: trait.command({ default: ['sudo'], help: 'The program sudo, and what stands before its other arguments.' }),
    sudo_args: trait.list(kind.str, {
      default: ['-nH'],
      help: 'Arguments of sudo after `-u USER`. Keep -n: a sudo that asks for a password would wait for ever.',
    }),
    commands: trait.dict(kind.str, {
      default: { default: ownMediator },
      defaultText: "{'default': the sudospawner of this package}",
      help:
        'The mediators that hubs may have run, by the name they ask for: absolute paths, as in the sudoers rule. Each starts the ' +
        'program sudospawner-singleuser or jupyterhub-singleuser beside it, and no other.',
      validate: (commands) => {
        const relative = Object.values(commands).find((path) => !path.startsWith('/'))
        return relative === undefined ? undefined : `${relative} is not an absolute path.`
      },
    }),

    allowed_users: trait.set(kind.str, { default: [], help: 'Accounts that servers may run as.' }),
    allowed_groups: trait.set(kind.str, { default: [], help: 'Groups whose members servers may run as.' }),
    blocked_users: trait.set(kind.str, {
      default: [],
      help: 'Accounts that no server runs as, whatever else allows it.',
    }),
    min_uid: trait.int({
      default: 1000,
      help: 'Accounts with a lower number are those of the system: no server runs as one.',
    }),
    allowed_args: trait.list(kind.str, {
      default: null,
      nullable: true,
      help: 'Regular expressions; each argument of a server must match one as a whole. None: any argument.',
      validate: regexpMistake,
    }),
    forbidden_environment: trait.set(kind.str, {
      default: ['LD_AUDIT', 'LD_PRELOAD', 'BASH_ENV', 'ENV', 'NODE_OPTIONS', 'PYTHONSTARTUP'],
      help: 'Environment variables that a hub may not set for servers, because they choose code that runs.',
    }),
    max_servers: trait.int({ default: 0, help: 'Servers on this host at once, of all hubs. 0: no limit.' }),
    max_servers_per_user: trait.int({ default: 0, help: 'Servers of one account at once. 0: no limit.' }),
    max_memory: trait.bytespec({
      default: null,
      nullable: true,
      unit: 'bytes',
      help: 'Most memory that may be asked for a server; one that asks for none gets this as its limit.',
    }),
    max_cpu: trait.float({
      default: null,
      nullable: true,
      unit: 'cores',
      help: 'Most cpu that may be asked for a server; one that asks for none gets this as its limit.',
    }),
    port_range: trait.str({
      default: '',
      help: "Ports that servers listen on, such as '40000-40999', for a firewall between the hosts. Empty: any free one.",
      validate: (text) => (text === '' || parseRange(text) !== undefined ? undefined : 'Write it as 40000-40999.'),
    }),

    cgroup: trait.str({
      default: 'auto',
      help:
        "Where the cgroups of servers are made: 'auto' takes the helper's own cgroup when it may (systemd: Delegate=yes), " +
        "'none' makes none, else the path of a cgroup (v2).",
    }),
    max_log_size: trait.bytespec({
      default: '10M',
      unit: 'bytes',
      help: "A server's log is cut to its last half beyond this size.",
    }),
    mediator_timeout: trait.int({
      default: 20,
      unit: 's',
      help: 'How long sudo and the mediator may take for one request.',
    }),
  },
})

export type HelperSettings = ValuesOf<typeof sudospawnerHelper>

/** The values with their paths made absolute. */
export function helperSettings(values: HelperSettings): HelperSettings {
  return { ...values, state_dir: resolve(values.state_dir) }
}

export function parseRange(text: string): readonly [low: number, high: number] | undefined {
  const [, low, high] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const range = [Number(low), Number(high)] as const
  return range[0] > 0 && range[0] <= range[1] && range[1] <= 65535 ? range : undefined
}

function regexpMistake(patterns: readonly string[] | null): string | undefined {
  for (const pattern of patterns ?? []) {
    try {
      new RegExp(pattern, 'u')
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  return undefined
}
