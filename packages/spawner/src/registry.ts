import type { ClassRegistry } from '@hub/config'
import { DockerSpawner } from './docker/docker-spawner.js'
import { LocalProcessSpawner } from './local/local-process-spawner.js'
import { SudoHelperSpawner } from './sudo-helper/sudo-helper-spawner.js'
import { SimpleLocalProcessSpawner } from './local/simple-local-process-spawner.js'
import { refusedClass } from './refused.js'
import { SudoSpawner } from './sudo/sudo-spawner.js'
import { SystemdSpawner } from './systemd/systemd-spawner.js'

const systemUser = refusedClass(
  'SystemUserSpawner',
  "Use DockerSpawner, with volumes {'/home/{raw_username}': '/home/{raw_username}'} and a pre_spawn_hook that sets " +
    'extra_create_kwargs.user to the uid.',
)
const swarm = refusedClass('SwarmSpawner', 'Use DockerSpawner on one host, or a spawner of your own for the cluster.')

/** What `JupyterHub.spawner_class` may name without importing anything. */
export const builtInSpawners: ClassRegistry = {
  kind: 'spawner',
  names: {
    default: LocalProcessSpawner,
    localprocess: LocalProcessSpawner,
    'jupyterhub.spawner.LocalProcessSpawner': LocalProcessSpawner,
    'sudo-helper': SudoHelperSpawner,
    simple: SimpleLocalProcessSpawner,
    'jupyterhub.spawner.SimpleLocalProcessSpawner': SimpleLocalProcessSpawner,
    sudo: SudoSpawner,
    sudospawner: SudoSpawner,
    'sudospawner.SudoSpawner': SudoSpawner,
    systemd: SystemdSpawner,
    systemdspawner: SystemdSpawner,
    'systemdspawner.SystemdSpawner': SystemdSpawner,
    docker: DockerSpawner,
    'dockerspawner.DockerSpawner': DockerSpawner,
    'dockerspawner.SystemUserSpawner': systemUser,
    'docker-system-user': systemUser,
    'dockerspawner.SwarmSpawner': swarm,
    'docker-swarm': swarm,
  },
}
