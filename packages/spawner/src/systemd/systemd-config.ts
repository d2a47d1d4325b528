import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { spawnerConfigurable } from '../spawner-config.js'

const EXPANDED = '{USERNAME}, {USERID} (the number the hub knows the user by) and {SERVERNAME} are filled in.'

/** Options of {@link SystemdSpawner}. */
export const systemdConfigurable = defineConfigurable({
  name: 'SystemdSpawner',
  help: 'Starts servers as units of the systemd of this host. Needs root. `mem_limit` and `cpu_limit` are enforced.',
  aliases: ['systemdspawner.SystemdSpawner'],
  parent: spawnerConfigurable,
  // What servers of the host's own account database need, as for LocalProcessSpawner.
  defaults: { env_keep: ['JUPYTERHUB_SINGLEUSER_APP', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', 'PATH', 'VIRTUAL_ENV'] },
  traits: {
    unit_name_template: trait.str({
      default: 'jupyter-{USERNAME}-singleuser',
      help: `Name of the unit, without .service. ${EXPANDED} Without {SERVERNAME} a named server's is added to it, after a colon.`,
    }),
    username_template: trait.str({
      default: '{USERNAME}',
      help: `Account that the server runs as. ${EXPANDED} Not used with dynamic_users.`,
    }),
    user_workingdir: trait.str({
      default: null,
      nullable: true,
      expandTilde: false,
      help: `Directory the server starts in. ${EXPANDED} None: the home of the account.`,
    }),
    default_shell: trait.str({
      default: (_values, { env }) => env['SHELL'] ?? '/bin/bash',
      defaultText: '$SHELL of the hub, or /bin/bash',
      help: 'SHELL of the servers, which their terminals run.',
    }),
    extra_paths: trait.list(kind.str, { default: [], help: `Put before the PATH of the servers. ${EXPANDED}` }),
    isolate_tmp: trait.bool({ default: false, help: 'Gives each server a /tmp of its own (PrivateTmp).' }),
    isolate_devices: trait.bool({
      default: false,
      help: 'Hides the devices of the host from servers, GPUs too (PrivateDevices).',
    }),
    disable_user_sudo: trait.bool({
      default: true,
      help: 'Keeps programs of a server from getting more rights, as sudo does (NoNewPrivileges).',
    }),
    readonly_paths: trait.list(kind.str, {
      default: null,
      nullable: true,
      expandTilde: false,
      help: `Paths that servers can only read. ${EXPANDED} A leading - leaves out a path that does not exist.`,
    }),
    readwrite_paths: trait.list(kind.str, {
      default: null,
      nullable: true,
      expandTilde: false,
      help: `Paths below readonly_paths that servers can write to all the same. ${EXPANDED}`,
    }),
    unit_extra_properties: trait.dict(kind.oneOf([kind.list(kind.str), kind.str]), {
      default: {},
      help: `More properties of the unit, by name; a list sets one several times. They override all others. ${EXPANDED}`,
    }),
    dynamic_users: trait.bool({
      default: false,
      help: 'Makes an account for each user while it has servers; its files stay in /var/lib/USERNAME (DynamicUser).',
    }),
    slice: trait.str({
      default: null,
      nullable: true,
      help: `Slice the units are in, such as one that limits all of them together. ${EXPANDED}`,
    }),
  },
})

export type SystemdConfig = ValuesOf<typeof systemdConfigurable>
