import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { spawnerConfigurable } from '../spawner-config.js'
import { popenKwargsMistake } from './popen-kwargs.js'

/** Options of spawners whose servers are processes of this host. */
export const localProcessConfigurable = defineConfigurable({
  name: 'LocalProcessSpawner',
  help: 'Starts servers as processes of this host, each as the account of its user. Needs root for that.',
  aliases: ['jupyterhub.spawner.LocalProcessSpawner'],
  parent: spawnerConfigurable,
  defaults: {
    env_keep: [
      'CONDA_DEFAULT_ENV',
      'CONDA_ROOT',
      'JUPYTERHUB_SINGLEUSER_APP',
      'LANG',
      'LC_ALL',
      'LD_LIBRARY_PATH',
      'PATH',
      'PYTHONPATH',
      'VIRTUAL_ENV',
    ],
  },
  traits: {
    interrupt_timeout: trait.int({
      default: 30,
      unit: 's',
      help: 'How long a server has to end after SIGINT, before it gets SIGTERM.',
    }),
    term_timeout: trait.int({
      default: 30,
      unit: 's',
      help: 'How long a server has to end after SIGTERM, before it gets SIGKILL.',
    }),
    kill_timeout: trait.int({
      default: 5,
      unit: 's',
      help: 'How long a server may take to end after SIGKILL, before the stop counts as failed.',
    }),
    popen_kwargs: trait.dict(kind.any(), {
      default: {},
      help:
        'How the process is started: cwd (instead of the home), shell, start_new_session, and stdin, stdout, stderr, each ' +
        "'inherit', 'ignore' or the path of a file; stderr also 'stdout'.",
      validate: popenKwargsMistake,
    }),
    cgroup_parent: trait.str({
      default: 'auto',
      help:
        'Where each server gets a cgroup (v2) of its own, which enforces mem_limit and cpu_limit and ends all its processes: ' +
        "'auto', below that of the hub, if the hub may make one there; the folder of a cgroup; or 'none'.",
      validate: (where) =>
        where === 'auto' || where === 'none' || where.startsWith('/')
          ? undefined
          : "Write 'auto', 'none' or an absolute path.",
    }),
    shell_cmd: trait.command({
      default: [],
      help: "Shell that the command is run through, such as ['bash', '-l', '-c']; the command becomes its last argument.",
    }),
  },
})

export type LocalProcessConfig = ValuesOf<typeof localProcessConfigurable>

/** Options of {@link SimpleLocalProcessSpawner}. */
export const simpleLocalProcessConfigurable = defineConfigurable({
  name: 'SimpleLocalProcessSpawner',
  help: 'Starts all servers as the account of the hub, each in a directory of its own. Not isolated: for tests and trials.',
  aliases: ['jupyterhub.spawner.SimpleLocalProcessSpawner'],
  parent: localProcessConfigurable,
  traits: {
    home_dir_template: trait.str({
      default: '/tmp/{username}',
      help: 'Directory that is made and used as the home of the user.',
    }),
  },
})

export type SimpleLocalProcessConfig = ValuesOf<typeof simpleLocalProcessConfigurable>
