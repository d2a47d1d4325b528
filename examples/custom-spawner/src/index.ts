// The default export is what the bare name of the package stands for in JupyterHub.spawner_class.
export { ScriptSpawner as default } from './script-spawner.js'
export { ScriptSpawner, scriptSpawnerConfigurable } from './script-spawner.js'
