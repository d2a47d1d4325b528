import type { ClassRegistry } from '@hub/config'
import { LocalProcessSpawner } from './local/local-process-spawner.js'
import { SudoHelperSpawner } from './sudo-helper/sudo-helper-spawner.js'
import { SimpleLocalProcessSpawner } from './local/simple-local-process-spawner.js'
import { SudoSpawner } from './sudo/sudo-spawner.js'
import { SystemdSpawner } from './systemd/systemd-spawner.js'

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
  },
}
